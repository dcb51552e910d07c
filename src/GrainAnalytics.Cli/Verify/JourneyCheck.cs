using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using GrainAnalytics.Cli.Commands;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Cli.Verify;

/// <summary>Reads the journey of every user to its end and compares it with what was acknowledged.</summary>
internal sealed class JourneyCheck(VerifySettings settings, ApiClient api, AckedEvents acked, Findings findings)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);

    /// <summary>What journeys show, for comparing counters with.</summary>
    public Tally Tally { get; } = new();

    /// <summary>Events in journeys.</summary>
    public long Events { get; private set; }

    /// <summary>Events in journeys that are in no file: sent by others, or stored by a request whose 202 was never seen.</summary>
    public long Unacknowledged { get; private set; }

    /// <summary>Users whose journeys were read to the end.</summary>
    public int Users => _users;

    private int _users;

    /// <summary>Reads all journeys.</summary>
    /// <param name="progress">Called with the share that is done.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="CommandException">A server does not answer, or does not know everything because its database is away.</exception>
    public async Task RunAsync(Action<double> progress, CancellationToken cancel)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = settings.Connections, CancellationToken = cancel };
        await Parallel.ForEachAsync(acked.Users.Index(), options, async (user, token) =>
        {
            // The first reading counts; further ones, on other servers, only have to say the same.
            var ids = await ReadAsync(settings.Servers[user.Index % settings.Servers.Count], user.Item, isFirst: true, token);
            if (settings.OnEveryServer)
                for (var i = 1; i < settings.Servers.Count; i++) await CompareAsync(settings.Servers[(user.Index + i) % settings.Servers.Count], user.Item, ids, token);
            progress((double)Interlocked.Increment(ref _users) / acked.Users.Count);
        });
        foreach (var (id, value) in acked.ById)
            if (!_seen.ContainsKey(id)) findings.Add("lost", $"{id} of {value.User}, {Instant.ToText(value.OccurredAt)}, is in no journey");
        foreach (var (id, times) in _seen)
            if (times > 1) findings.Add("doubled", $"{id} is in journeys {times.ToString(CultureInfo.InvariantCulture)} times");
    }

    private async Task CompareAsync(Uri server, string user, List<string> expected, CancellationToken cancel)
    {
        var ids = await ReadAsync(server, user, isFirst: false, cancel);
        if (!ids.SequenceEqual(expected)) findings.Add("servers-differ", $"{server} shows another journey of {user}: {ids.Count} events, not {expected.Count}, or in another order");
    }

    private async Task<List<string>> ReadAsync(Uri server, string user, bool isFirst, CancellationToken cancel)
    {
        var ids = new List<string>();
        string? cursor = "";
        do
        {
            var path = $"/v1/journey?userId={Uri.EscapeDataString(user)}&limit=1000{cursor}";
            cursor = await api.GetAsync(server, path, page =>
            {
                foreach (var item in page.GetProperty("events").EnumerateArray()) ids.Add(isFirst ? Take(user, item) : item.GetProperty("eventId").GetString()!);
                return page.GetProperty("nextCursor").GetString() is { } next ? $"&cursor={Uri.EscapeDataString(next)}" : null;
            }, cancel, lacking: page => page.TryGetProperty("partial", out var partial) && partial.ValueKind == JsonValueKind.True
                ? $"{server} shows only part of journeys: its database is away. Verify when it is back (--wait waits for it)." : null);
        } while (cursor is not null);
        return ids;
    }

    private string Take(string user, JsonElement item)
    {
        var id = item.GetProperty("eventId").GetString()!;
        Instant.TryParse(item.GetProperty("occurredAt").GetString()!, out var occurredAt, out _);
        var shown = item.GetProperty("userId").GetString()!;
        if (shown != user) findings.Add("wrong-user", $"{id} of {shown} is in the journey of {user}");
        lock (_gate)
        {
            Events++;
            CollectionsMarshal.GetValueRefOrAddDefault(_seen, id, out _)++;
            Tally.Add(user, item.GetProperty("type").GetString()!, item.GetProperty("sessionId").GetString(), occurredAt);
            if (!acked.ById.TryGetValue(id, out var value)) Unacknowledged++;
            else if (value.User != user) findings.Add("wrong-user", $"{id} of {value.User} is in the journey of {user}");
            else if (value.OccurredAt != occurredAt)
                findings.Add("wrong-time", $"{id} of {user} is stored at {Instant.ToText(occurredAt)}, not {Instant.ToText(value.OccurredAt)}");
        }
        return id;
    }
}
