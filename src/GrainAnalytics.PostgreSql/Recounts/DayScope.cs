using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Recounts;

/// <summary>A site's day that is recounted.</summary>
/// <param name="SiteId">The site.</param>
/// <param name="Clock">Its days.</param>
/// <param name="Day">The day.</param>
/// <param name="KeptFrom">From when on the site's raw events are complete, Unix microseconds; null: from the beginning.</param>
internal sealed record DayScope(int SiteId, SiteClock Clock, DateOnly Day, long? KeptFrom)
{
    /// <summary>Unix microseconds of its first instant and of the next day's.</summary>
    public long Start { get; } = Clock.DayStart(Day);

    /// <inheritdoc cref="Start"/>
    public long End { get; } = Clock.DayStart(Day.AddDays(1));

    /// <summary>A statement with its parameters in order: values, or parameters that say their type.</summary>
    public static NpgsqlCommand Command(NpgsqlConnection connection, string query, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(Sql.Get(query), connection);
        foreach (var value in values) command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return command;
    }

    /// <summary>A statement about the day: site, start and end, then more.</summary>
    public NpgsqlCommand OfDay(NpgsqlConnection connection, string query, params ReadOnlySpan<object> more) =>
        Command(connection, query, [SiteId, Instant.ToDateTime(Start), Instant.ToDateTime(End), .. more]);

    /// <summary><see cref="KeptFrom"/> as a parameter; -infinity without.</summary>
    public NpgsqlParameter From => PostgresEventStore.Time(KeptFrom ?? long.MinValue);
}
