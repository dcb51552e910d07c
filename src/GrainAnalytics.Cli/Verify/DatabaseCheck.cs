using System.Data;
using System.Globalization;
using System.Text;
using GrainAnalytics.Cli.Commands;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Sites;
using Npgsql;

namespace GrainAnalytics.Cli.Verify;

/// <summary>Counts everything of a site again by SQL: acknowledged ids against keys, keys against rows, rows against every
/// counter. One snapshot of the database, so that it is exact under load too.</summary>
internal sealed class DatabaseCheck
{
    private const int Chunk = 10_000;

    // Each gives a text for a difference, and how many there are in all.
    private static readonly (string Query, string Kind)[] Recounts =
    [
        ("DoubledEvents", "doubled-row"), ("KeysAndRows", "key"), ("RecountHours", "hourly-counter"), ("RecountUserDays", "user-day"),
        ("RecountActiveUsers", "active-users"), ("RecountSessions", "session"),
    ];

    private readonly VerifySettings _settings;
    private readonly AckedEvents _acked;
    private readonly Findings _findings;
    private readonly string _connection;

    /// <summary>Prepares; nothing is asked yet.</summary>
    /// <exception cref="CommandException">The connection string is none.</exception>
    public DatabaseCheck(VerifySettings settings, string connectionString, AckedEvents acked, Findings findings)
    {
        (_settings, _acked, _findings) = (settings, acked, findings);
        try
        {
            // A recount of a large site takes its time.
            _connection = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "grain-analytics verify", CommandTimeout = 0, Pooling = false }.ConnectionString;
        }
        catch (ArgumentException e)
        {
            throw new CommandException(ExitCode.Usage, $"--database is no connection string: {e.Message}");
        }
    }

    /// <summary>Checks.</summary>
    /// <param name="progress">Called with the share that is done.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>The site's rows.</returns>
    /// <exception cref="CommandException">The database does not answer, or has no such site.</exception>
    public async Task<long> RunAsync(Action<double> progress, CancellationToken cancel)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(_connection);
            var access = await new PostgresSiteDirectory(source, TimeProvider.System).FindAsync(_settings.Key, cancel)
                ?? throw new CommandException(ExitCode.Unknown, "--database has no site with this key: is it the database of these servers?");
            await using var connection = await source.OpenConnectionAsync(cancel);
            await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
            return await RunAsync(connection, access.Site, progress, cancel);
        }
        catch (Exception e) when (e is NpgsqlException or EventStoreException or TimeoutException or IOException or System.Net.Sockets.SocketException)
        {
            throw new CommandException(ExitCode.Unknown, $"--database cannot be asked: {e.Message}");
        }
    }

    private async Task<long> RunAsync(NpgsqlConnection connection, Site site, Action<double> progress, CancellationToken cancel)
    {
        var steps = Recounts.Length + _acked.ById.Count / Chunk + 1;
        var done = 0;
        foreach (var chunk in _acked.ById.Chunk(Chunk))
        {
            await FindMissingAsync(connection, site, chunk, cancel);
            progress((double)++done / steps);
        }
        foreach (var (query, kind) in Recounts)
        {
            await using var command = Command(connection, query, site.Id, site.Clock.TimeZoneId, _settings.Examples);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            for (var named = 0L; await reader.ReadAsync(cancel);)
                // All that is not named is counted with the last one that is.
                _findings.Add(kind, reader.GetString(0), ++named == _settings.Examples ? reader.GetInt64(1) - named + 1 : 1);
            progress((double)++done / steps);
        }
        await using var rows = Command(connection, "CountRows", site.Id);
        return (long)(await rows.ExecuteScalarAsync(cancel))!;
    }

    private async Task FindMissingAsync(NpgsqlConnection connection, Site site, KeyValuePair<string, AckedEvent>[] events, CancellationToken cancel)
    {
        var byKey = events.ToDictionary(value => EventKey.Of(Encoding.UTF8.GetBytes(value.Key), out _).ToGuid(), value => value);
        await using var command = Command(connection, "MissingKeys", site.Id, byKey.Keys.ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            var (id, value) = byKey[reader.GetGuid(0)];
            var setAside = reader.IsDBNull(1) ? "" : $"; it was set aside: {reader.GetString(1)}";
            _findings.Add("lost-row", $"{id} of {value.User}{setAside}");
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string query, params object[] parameters)
    {
        using var text = typeof(DatabaseCheck).Assembly.GetManifestResourceStream(query) ?? throw new InvalidOperationException($"{query}.sql is not embedded.");
        var command = new NpgsqlCommand(new StreamReader(text).ReadToEnd(), connection);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        return command;
    }
}
