using Npgsql;

namespace GrainAnalytics.PostgreSql;

/// <summary>The data source for statistics.</summary>
/// <param name="Source">Its connections plan a query for the values it is asked with.</param>
public sealed record AnalyticsDatabase(NpgsqlDataSource Source) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Source.DisposeAsync();
}

/// <summary>The data source for journeys of users who are not in memory.</summary>
/// <param name="Source">Its connections find a user's rows by bitmaps and have the disk fetch many of them at once.</param>
public sealed record JourneyDatabase(NpgsqlDataSource Source) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Source.DisposeAsync();
}

/// <summary>The data source for maintenance.</summary>
/// <param name="Source">Its connections are not used again and prepare nothing: a statement means the tables that its names have at the moment, which
/// a recount shadows with temporary ones.</param>
public sealed record MaintenanceDatabase(NpgsqlDataSource Source) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Source.DisposeAsync();
}

/// <summary>Makes the process's data sources.</summary>
public static class Database
{
    /// <summary>A data source for a connection string, with this program's defaults where the string is silent.</summary>
    /// <param name="connectionString">An Npgsql connection string.</param>
    /// <exception cref="ArgumentException">The string is malformed.</exception>
    public static NpgsqlDataSource Open(string connectionString) => Open(connectionString, "grain-analytics", 40,
        // The statements are few and always the same, and planning one over every partition costs more than running it;
        // compiling one for a few rows costs more still.
        // Such a plan cannot know how long a user's journey is or that a page ends it early: it would rather read all of it
        // and sort. Without sorts, sequential and bitmap scans it walks the index, newest partition first, and stops.
        "-c plan_cache_mode=force_generic_plan -c jit=off -c enable_sort=off -c enable_seqscan=off -c enable_bitmapscan=off");

    /// <summary>A data source for statistics, which read much and are planned by what they ask.</summary>
    /// <param name="connectionString">An Npgsql connection string.</param>
    public static NpgsqlDataSource OpenForStatistics(string connectionString) => Open(connectionString, "grain-analytics-statistics", 10,
        // Scans read much and count it down to little, most of the work being in what they read: two processes at it are worth what they pass on.
        "-c plan_cache_mode=force_custom_plan -c jit=off -c work_mem=64MB -c parallel_tuple_cost=0.01 -c random_page_cost=1.1");

    /// <summary>A data source for journeys. A user's events lie on as many pages of the table as there are events, and an index scan waits for one page after
    /// the other; a bitmap scan asks for many at a time.</summary>
    /// <param name="connectionString">An Npgsql connection string.</param>
    public static NpgsqlDataSource OpenForJourneys(string connectionString) => Open(connectionString, "grain-analytics-journeys", 10,
        "-c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off -c enable_indexscan=off -c effective_io_concurrency=32");

    /// <summary>A data source for jobs, which read and change much at a time.</summary>
    /// <param name="connectionString">An Npgsql connection string.</param>
    public static NpgsqlDataSource OpenForMaintenance(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0 };
        // A job folds a large piece of events between two statements; on a machine that is busy that takes its time.
        return Open(settings.ConnectionString, "grain-analytics-maintenance", 4, "-c jit=off -c work_mem=64MB", idleInTransaction: "5min");
    }

    private static NpgsqlDataSource Open(string connectionString, string name, int poolSize, string planner, string idleInTransaction = "10s")
    {
        var given = new NpgsqlConnectionStringBuilder(connectionString);
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = given.ApplicationName ?? name };
        Default("Maximum Pool Size", poolSize);
        Default("Timeout", 5);
        Default("Command Timeout", 30);
        // Whatever the string says: a statement that is prepared this way and cancelled at a bad instant makes its connection useless, see PreparedCommand.
        settings.MaxAutoPrepare = 0;
        // The Alpine images have no Kerberos library, and without one every connection's attempt at it throws first.
        if (!given.ContainsKey("GSS Encryption Mode") || !given.Keys.Contains("GSS Encryption Mode")) settings.GssEncryptionMode = GssEncryptionMode.Disable;
        // Nothing here changes a session's state, so there is nothing to reset when a connection goes back to the pool.
        settings.NoResetOnClose = true;
        // A transaction whose client is gone without a word must not keep its rows from the next attempt at them; for how long, the string may say.
        settings.Options = string.Join(' ', ((string?[])[$"-c idle_in_transaction_session_timeout={idleInTransaction}", given.Options, planner]).Where(part => part is { Length: > 0 }));
        // Without a name its metrics are tagged with the connection string.
        return new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = name }.Build();

        void Default(string keyword, int value)
        {
            if (!given.ContainsKey(keyword) || !given.Keys.Contains(keyword)) settings[keyword] = value;
        }
    }
}
