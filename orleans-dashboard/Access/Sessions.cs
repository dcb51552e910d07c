using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using GrainAnalytics.OrleansDashboard.Hosting;

namespace GrainAnalytics.OrleansDashboard.Access;

/// <summary>Browsers that are signed in. Kept in memory: whoever signs out is out, and a restart signs everybody out.</summary>
internal sealed class Sessions(DashboardSettings settings, TimeProvider time)
{
    /// <summary>Most at a time; one more ends the oldest.</summary>
    public const int Max = 1000;

    // By hash: what is compared on a lookup is nothing that a browser can choose bit by bit.
    private readonly ConcurrentDictionary<string, Session> _open = new();

    /// <summary>Opens a session.</summary>
    /// <returns>The cookie's value: random, it says nothing of the token.</returns>
    public string Open()
    {
        while (_open.Count >= Max && _open.MinBy(each => each.Value.OpenedAt) is { Value: { } oldest }) oldest.End();
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var key = Key(id);
        var session = _open[key] = new Session(settings.SessionLifetime, time);
        session.Ended.Register(() => _open.TryRemove(key, out _));
        return id;
    }

    /// <summary>The session of a cookie; null when there is none, or it ended.</summary>
    public Session? Find(string? id) => id is not null && _open.TryGetValue(Key(id), out var session) && session.IsOpen ? session : null;

    private static string Key(string id) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}

/// <summary>One browser that is signed in.</summary>
internal sealed class Session
{
    private readonly CancellationTokenSource _end;
    private readonly TimeSpan _lifetime;
    private readonly TimeProvider _time;

    public Session(TimeSpan lifetime, TimeProvider time)
    {
        (_lifetime, _time, OpenedAt) = (lifetime, time, time.GetTimestamp());
        _end = new CancellationTokenSource(lifetime, time);
        Ended = _end.Token;
    }

    public long OpenedAt { get; }

    /// <summary>Ends with the session, and with it every answer that is still being sent, such as the log stream.</summary>
    public CancellationToken Ended { get; }

    // The clock too: a timer may be late.
    public bool IsOpen => !Ended.IsCancellationRequested && _time.GetElapsedTime(OpenedAt) < _lifetime;

    public void End() => _end.Cancel();
}
