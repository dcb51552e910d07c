using System.Security.Cryptography;
using GrainAnalytics.Core.Signing;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Sites;

/// <summary>Sets up signing in PostgreSQL, where only a salt is kept.</summary>
public sealed class PostgresKeySigning(NpgsqlDataSource database) : IKeySigning
{
    /// <inheritdoc/>
    public Task<KeySigning?> TurnOnAsync(string key, bool isRequired, bool isNew, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = new PreparedCommand(database, "SetSigning");
        command.Parameters.Add(new() { Value = KeyHash.Of(key).ToBytes() });
        command.Parameters.Add(new() { Value = RandomNumberGenerator.GetBytes(KeySigning.SaltSize) });
        command.Parameters.Add(new() { Value = isNew });
        command.Parameters.Add(new() { Value = isRequired });
        return await command.ExecuteScalarAsync(cancel).ConfigureAwait(false) is byte[] salt ? new KeySigning(KeySigning.SecretOf(key, salt), isRequired) : null;
    }, cancel);

    /// <inheritdoc/>
    public Task<bool> TurnOffAsync(string key, CancellationToken cancel) => StoreErrors.GuardAsync(async () =>
    {
        await using var command = new PreparedCommand(database, "ClearSigning");
        command.Parameters.Add(new() { Value = KeyHash.Of(key).ToBytes() });
        return await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false) > 0;
    }, cancel);
}
