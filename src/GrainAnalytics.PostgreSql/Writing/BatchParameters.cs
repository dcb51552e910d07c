using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;
using Npgsql;
using NpgsqlTypes;

namespace GrainAnalytics.PostgreSql.Writing;

/// <summary>The array parameters of WriteBatch. Texts are slices of the encoded events: nothing is decoded on the way.</summary>
internal sealed class BatchParameters
{
    private readonly NpgsqlParameter<int[]> _site = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer };
    private readonly NpgsqlParameter<Guid[]> _key = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };
    private readonly NpgsqlParameter<DateTime[]> _occurredAt = Times(), _receivedAt = Times(), _hour = Times();
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>?[]> _id = Optional(), _session = Optional(), _anonymous = Optional();
    private readonly NpgsqlParameter<ReadOnlyMemory<byte>[]> _user = Texts(NpgsqlDbType.Text), _type = Texts(NpgsqlDbType.Text),
        _payload = Texts(NpgsqlDbType.Json);
    private readonly NpgsqlParameter<DateOnly[]> _day = new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date };
    private readonly NpgsqlParameter<bool[]> _counted = Flags(), _userNew = Flags();

    /// <summary>Adds all parameters to a command, in the statement's order.</summary>
    public void AddTo(NpgsqlCommand command, short shard)
    {
        Fill([]);
        foreach (var parameter in (NpgsqlParameter[])[_site, _key, _occurredAt, _receivedAt, _id, _user, _session, _anonymous, _type,
            _payload, _hour, _day, _counted, _userNew, new NpgsqlParameter<short> { TypedValue = shard }])
            command.Parameters.Add(parameter);
    }

    /// <summary>Sets the values for a batch.</summary>
    public void Fill(IReadOnlyList<EventRow> rows)
    {
        var n = rows.Count;
        int[] site = new int[n];
        var key = new Guid[n];
        DateTime[] occurredAt = new DateTime[n], receivedAt = new DateTime[n], hour = new DateTime[n];
        ReadOnlyMemory<byte>?[] id = new ReadOnlyMemory<byte>?[n], session = new ReadOnlyMemory<byte>?[n], anonymous = new ReadOnlyMemory<byte>?[n];
        ReadOnlyMemory<byte>[] user = new ReadOnlyMemory<byte>[n], type = new ReadOnlyMemory<byte>[n], payload = new ReadOnlyMemory<byte>[n];
        var day = new DateOnly[n];
        bool[] counted = new bool[n], userNew = new bool[n];
        for (var i = 0; i < n; i++)
        {
            var row = rows[i];
            var e = row.Event;
            site[i] = row.Site.Id;
            key[i] = e.Key.ToGuid();
            occurredAt[i] = Instant.ToDateTime(e.OccurredAt);
            receivedAt[i] = Instant.ToDateTime(e.ReceivedAt);
            if (!e.IdIsKeyText) id[i] = e.IdBytes;
            user[i] = e.UserId;
            if (e.HasSession) session[i] = e.SessionId;
            if (e.HasAnonymousId) anonymous[i] = e.AnonymousId;
            type[i] = e.Type;
            payload[i] = e.Payload;
            hour[i] = Instant.ToDateTime(row.Hour);
            day[i] = row.Day;
            counted[i] = row.IsCounted;
            userNew[i] = row.IsUserNewToday;
        }
        (_site.TypedValue, _key.TypedValue, _occurredAt.TypedValue, _receivedAt.TypedValue, _hour.TypedValue) = (site, key, occurredAt, receivedAt, hour);
        (_id.TypedValue, _session.TypedValue, _anonymous.TypedValue) = (id, session, anonymous);
        (_user.TypedValue, _type.TypedValue, _payload.TypedValue, _day.TypedValue) = (user, type, payload, day);
        (_counted.TypedValue, _userNew.TypedValue) = (counted, userNew);
    }

    private static NpgsqlParameter<DateTime[]> Times() => new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };
    private static NpgsqlParameter<bool[]> Flags() => new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Boolean };
    private static NpgsqlParameter<ReadOnlyMemory<byte>[]> Texts(NpgsqlDbType type) => new() { NpgsqlDbType = NpgsqlDbType.Array | type };
    private static NpgsqlParameter<ReadOnlyMemory<byte>?[]> Optional() => new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}
