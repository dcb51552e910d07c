using GrainAnalytics.Core.Sites;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Core.Live;

/// <summary>The viewers of this process, by site: follows each watched site once and hands every viewer what it lacks.</summary>
/// <remarks>Nothing is queued for anybody: a viewer that is not ready misses views, and the next one it takes says all that
/// changed since its last.</remarks>
public sealed class LiveHub : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, LiveChannel> _channels = [];
    private readonly ILiveUpstream _upstream;
    private readonly ILiveFormat _format;
    private readonly LiveOptions _options;
    private readonly LiveMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<LiveHub> _log;
    private readonly ITimer _sweep;
    private int _viewers;

    /// <summary>Starts without viewers.</summary>
    public LiveHub(ILiveUpstream upstream, ILiveFormat format, LiveOptions options, LiveMetrics metrics, TimeProvider time, ILogger<LiveHub> log)
    {
        (_upstream, _format, _options, _metrics, _time, _log) = (upstream, format, options, metrics, time, log);
        _sweep = time.CreateTimer(_ => Sweep(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        metrics.Observe(() => Viewers, () => { lock (_gate) return _channels.Count; });
    }

    /// <summary>Viewers now.</summary>
    public int Viewers => Volatile.Read(ref _viewers);

    /// <summary>Adds a viewer of a site; disposing the watch removes it.</summary>
    /// <returns>The watch, or null when there are too many viewers.</returns>
    public LiveWatch? TryWatch(Site site)
    {
        lock (_gate)
        {
            if (_viewers >= _options.MaxViewers)
            {
                _metrics.Refused();
                return null;
            }
            _viewers++;
            // A site that could not be followed is tried again with the next viewer.
            if (!_channels.TryGetValue(site.Id, out var channel) || channel.HasFailed)
            {
                if (channel is { Viewers: 0 }) _ = EndAsync(channel);
                _channels[site.Id] = channel = new LiveChannel(site, _upstream, _format, _options, _metrics, _time);
            }
            channel.Viewers++;
            return new LiveWatch(channel, Left);
        }
    }

    /// <summary>Ends every subscription. Watches end by the tokens they wait with.</summary>
    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync().ConfigureAwait(false);
        LiveChannel[] channels;
        lock (_gate)
        {
            channels = [.. _channels.Values];
            _channels.Clear();
        }
        foreach (var channel in channels) await EndAsync(channel).ConfigureAwait(false);
    }

    private void Left(LiveChannel channel)
    {
        lock (_gate)
        {
            _viewers--;
            if (--channel.Viewers > 0) return;
            channel.LeftAt = _time.GetTimestamp();
            if (!channel.HasFailed) return;
            if (_channels.GetValueOrDefault(channel.Site.Id) == channel) _channels.Remove(channel.Site.Id);
        }
        _ = EndAsync(channel);
    }

    private void Sweep()
    {
        List<LiveChannel> ended = [];
        lock (_gate)
        {
            foreach (var channel in _channels.Values)
                if (channel.Viewers > 0) channel.BeatIfQuiet();
                else if (_time.GetElapsedTime(channel.LeftAt) >= _options.KeepFor) ended.Add(channel);
            foreach (var channel in ended) _channels.Remove(channel.Site.Id);
        }
        foreach (var channel in ended) _ = EndAsync(channel);
    }

    private async Task EndAsync(LiveChannel channel)
    {
        try
        {
            await channel.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Nobody waits for this. The owner lets go of subscribers that are gone by itself.
            _log.LiveEndFailed(e, channel.Site.Id);
        }
    }
}
