using System.Text;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.PostgreSql.Schema;
using Npgsql;

namespace GrainAnalytics.PostgreSql.Rollups;

/// <summary>Who is who, for a fold. Only under the site's fold lock.</summary>
internal sealed class LinkStore(FoldConnection connection, int siteId)
{
    /// <summary>Makes one person in the rollups of those who became one since the last fold.</summary>
    /// <returns>Days on which somebody was active who is somebody else now, with both; from the beginning of time.</returns>
    public async Task<Dictionary<(DateOnly Day, Utf8Text User), long>> FoldAsync(SiteFold fold, StateStore states, SiteClock clock, CancellationToken cancel)
    {
        var days = new Dictionary<(DateOnly Day, Utf8Text User), long>();
        var links = await ReadAsync("LinksToFold", cancel).ConfigureAwait(false);
        foreach (var (alias, linked) in links)
        {
            // Who they are may be an alias of somebody else by now.
            var persons = await FindAsync([alias, linked], cancel).ConfigureAwait(false);
            var user = persons.GetValueOrDefault(linked, linked);
            if (user == alias)
            {
                await ExecuteAsync("DropLink", cancel, Text(alias)).ConfigureAwait(false);
                continue;
            }
            await states.LoadUsersAsync(fold, [alias, user], cancel).ConfigureAwait(false);
            if (fold.Users.TryGetValue(alias, out var known))
            {
                foreach (var day in known.Hours.Starts.Select(clock.DayOf))
                {
                    days[(day, alias)] = long.MinValue;
                    days[(day, user)] = long.MinValue;
                }
            }
            fold.Link(alias, user);
            await ExecuteAsync("SaveLink", cancel, Text(alias), Text(user)).ConfigureAwait(false);
        }
        return days;
    }

    /// <summary>The events with the persons that their users are.</summary>
    public async Task<IReadOnlyList<JournalEvent>> ResolveAsync(IReadOnlyList<JournalEvent> events, CancellationToken cancel)
    {
        var persons = await FindAsync([.. events.Select(e => e.UserId).Distinct()], cancel).ConfigureAwait(false);
        return persons.Count == 0 ? events : [.. events.Select(e => persons.TryGetValue(e.UserId, out var person) ? e with { UserId = person } : e)];
    }

    private async Task<Dictionary<Utf8Text, Utf8Text>> FindAsync(Utf8Text[] ids, CancellationToken cancel) =>
        (await ReadAsync("FindPersons", cancel, new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(ids, Text) }).ConfigureAwait(false))
            .ToDictionary(link => link.Alias, link => link.User);

    private async Task<List<(Utf8Text Alias, Utf8Text User)>> ReadAsync(string query, CancellationToken cancel, params NpgsqlParameter[] parameters)
    {
        await using var command = Command(query, parameters);
        await using var reader = await connection.ReadAsync(command, cancel).ConfigureAwait(false);
        var links = new List<(Utf8Text, Utf8Text)>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            links.Add((new Utf8Text(Encoding.UTF8.GetBytes(reader.GetString(0))), new Utf8Text(Encoding.UTF8.GetBytes(reader.GetString(1)))));
        return links;
    }

    private async Task ExecuteAsync(string query, CancellationToken cancel, params string[] ids)
    {
        await using var command = Command(query, Array.ConvertAll(ids, id => new NpgsqlParameter { Value = id }));
        await connection.ExecuteAsync(command, cancel).ConfigureAwait(false);
    }

    private NpgsqlCommand Command(string query, NpgsqlParameter[] parameters)
    {
        var command = connection.Command(query);
        command.Parameters.Add(new() { Value = siteId });
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static string Text(Utf8Text id) => Encoding.UTF8.GetString(id.Bytes.Span);
}
