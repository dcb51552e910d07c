using Npgsql;
using NpgsqlTypes;

namespace GrainAnalytics.PostgreSql.Writing;

/// <summary>Fills a prepared statement's positional array parameters once, first to last; made anew for each batch. Texts are slices of the encoded
/// events: nothing is decoded on the way.</summary>
internal sealed class ArrayParameters(NpgsqlCommand command)
{
    private int _next;

    public void Add(int[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Integer, values);
    public void Add(short[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Smallint, values);
    public void Add(byte[][] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Bytea, values);
    public void AddBytes(ReadOnlyMemory<byte>[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Bytea, values);
    public void Add(bool?[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Boolean, values);
    public void Add(int?[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Integer, values);
    public void Add(long?[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Bigint, values);
    public void Add(DateTime?[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, values);
    public void Add(int value) => Set(NpgsqlDbType.Integer, value);
    public void Add(long[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Bigint, values);
    public void Add(Guid[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Uuid, values);
    public void Add(DateTime[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.TimestampTz, values);
    public void Add(DateOnly[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Date, values);
    public void Add(ReadOnlyMemory<byte>[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Text, values);
    public void Add(ReadOnlyMemory<byte>?[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Text, values);
    public void AddJson(ReadOnlyMemory<byte>[] values) => Set(NpgsqlDbType.Array | NpgsqlDbType.Json, values);
    public void Add(short value) => Set(NpgsqlDbType.Smallint, value);

    private void Set<T>(NpgsqlDbType type, T value)
    {
        if (_next == command.Parameters.Count) command.Parameters.Add(new NpgsqlParameter<T> { NpgsqlDbType = type });
        ((NpgsqlParameter<T>)command.Parameters[_next++]).TypedValue = value;
    }
}
