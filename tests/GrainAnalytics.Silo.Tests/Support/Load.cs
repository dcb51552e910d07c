using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using GrainAnalytics.Testing;

namespace GrainAnalytics.Silo.Tests.Support;

/// <summary>Clients with events of their own. Each sends until it is told 202, to another node after anything else; those
/// with single events then look each of them up, on a node of their choice.</summary>
internal sealed class Load(Cluster cluster, int seed)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private readonly ConcurrentDictionary<string, byte> _acknowledged = new();
    private readonly ConcurrentDictionary<string, int> _posts = new(), _lookups = new();
    private readonly Lock _gate = new();

    /// <summary>Events that were acknowledged.</summary>
    public int Acknowledged => _acknowledged.Count;

    /// <summary>How often each answer was given: a status, or "no connection".</summary>
    public IReadOnlyDictionary<string, int> Posts => _posts;

    /// <inheritdoc cref="Posts"/>
    public IReadOnlyDictionary<string, int> Lookups => _lookups;

    /// <summary>Events that a lookup after their acknowledgement did not show.</summary>
    public ConcurrentBag<string> Misses { get; } = [];

    /// <summary>Longest time until any answer, of posts and lookups.</summary>
    public TimeSpan LongestAnswer { get; private set; }

    /// <summary>Longest time from the first attempt to send an event until its 202.</summary>
    public TimeSpan LongestAcknowledgement { get; private set; }

    /// <summary>Runs clients until told to end; returns when each has had its last 202.</summary>
    /// <param name="singles">Clients that send single events.</param>
    /// <param name="batches">Clients that send batches.</param>
    /// <param name="nodes">The nodes that clients would send to now; may be empty for a moment.</param>
    /// <param name="over">Tells them to end.</param>
    public Task RunAsync(int singles, int batches, Func<IReadOnlyList<Node>> nodes, CancellationToken over) => Task.WhenAll(
        Enumerable.Range(0, singles + batches).Select(client => Task.Run(() => RunClientAsync(client, client < singles ? 1 : 20, nodes, over))));

    /// <summary>Checks that exactly what was acknowledged is stored, once, and that every counter agrees.</summary>
    public async Task AssertStoredOnceAsync()
    {
        var stored = new HashSet<string>();
        var rows = 0;
        await using (var command = cluster.Database.Database.CreateCommand("select coalesce(event_id, key::text) from events"))
        await using (var reader = await command.ExecuteReaderAsync())
            for (; await reader.ReadAsync(); rows++) stored.Add(reader.GetString(0));
        Assert.Empty(_acknowledged.Keys.Except(stored));
        Assert.Equal(_acknowledged.Count, rows);
        await Recount.AssertExactAsync(cluster.Database.Database, Cluster.Site);
    }

    public override string ToString() =>
        $"{Acknowledged} acknowledged, longest wait for an answer {LongestAnswer.TotalSeconds:0.00} s, for a 202 {LongestAcknowledgement.TotalSeconds:0.00} s; "
        + $"posts: {string.Join(", ", _posts)}; lookups: {string.Join(", ", _lookups)}";

    private async Task RunClientAsync(int client, int batch, Func<IReadOnlyList<Node>> nodes, CancellationToken over)
    {
        var random = new Random(seed + client);
        for (var round = 0; !over.IsCancellationRequested; round++)
        {
            var user = $"user {client} {round % 10}";
            var events = Enumerable.Range(0, batch).Select(_ => random.Next(300)).Select(number => new JsonObject
            {
                ["eventId"] = $"{Guid.NewGuid()}", ["type"] = $"type {random.Next(5)}",
                ["userId"] = batch == 1 ? user : $"user {number}",
                ["sessionId"] = batch == 1 ? $"session of {user}" : $"session {number % 60}",   // of five users, on all silos
            }).ToArray();
            await SendAsync(events, nodes, random);
            if (batch == 1) await LookUpAsync(user, (string)events[0]["eventId"]!, nodes, random);
        }
    }

    private async Task SendAsync(JsonObject[] events, Func<IReadOnlyList<Node>> nodes, Random random)
    {
        var body = $"[{string.Join(',', events.Select(e => e.ToJsonString()))}]";
        var started = Stopwatch.GetTimestamp();
        await UntilAsync(HttpStatusCode.Accepted, _posts, nodes, random, node => cluster.PostAsync(node, body), answer =>
        {
            Assert.Equal(0, (int)answer["rejected"]!);
            foreach (var e in events) _acknowledged[(string)e["eventId"]!] = 0;
        });
        lock (_gate) LongestAcknowledgement = Max(LongestAcknowledgement, Stopwatch.GetElapsedTime(started));
    }

    private Task LookUpAsync(string user, string id, Func<IReadOnlyList<Node>> nodes, Random random) =>
        UntilAsync(HttpStatusCode.OK, _lookups, nodes, random,
            node => cluster.Http.GetAsync(new Uri(node.Address, $"/v1/users/{Uri.EscapeDataString(user)}/journey?limit=3")),
            answer => { if (!answer["events"]!.AsArray().Any(e => (string?)e!["eventId"] == id)) Misses.Add($"{user}: {id}"); });

    // Another node after a refusal, as a client behind a balancer would have; the same again while there is no other.
    private async Task UntilAsync(HttpStatusCode wanted, ConcurrentDictionary<string, int> statuses, Func<IReadOnlyList<Node>> nodes,
        Random random, Func<Node, Task<HttpResponseMessage>> ask, Action<JsonNode> answered)
    {
        var started = Stopwatch.GetTimestamp();
        Node? refused = null;
        while (true)
        {
            var choice = nodes() is { Count: > 1 } many && refused is not null ? [.. many.Where(node => node != refused)] : nodes();
            if (choice.Count == 0)
            {
                await Task.Delay(20);
                continue;
            }
            var node = choice[random.Next(choice.Count)];
            var (status, text) = await AskAsync(() => ask(node));
            statuses.AddOrUpdate(status, 1, (_, count) => count + 1);
            if (status == $"{(int)wanted}")
            {
                answered(JsonNode.Parse(text)!);
                return;
            }
            refused = node;
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"After {Patience.TotalSeconds} s still no {wanted} but {status} {text}");
            await Task.Delay(20);
        }
    }

    private async Task<(string Status, string Text)> AskAsync(Func<Task<HttpResponseMessage>> ask)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await ask();
            return ($"{(int)answer.StatusCode}", await answer.Content.ReadAsStringAsync());
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return ("no connection", e.Message);    // refused, or cut before the whole answer had come
        }
        finally
        {
            lock (_gate) LongestAnswer = Max(LongestAnswer, Stopwatch.GetElapsedTime(started));
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
