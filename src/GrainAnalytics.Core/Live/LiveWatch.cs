using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Live;

/// <summary>One viewer's place in the hub: gives it one piece after the other, at its own speed. For one caller at a time.</summary>
public sealed class LiveWatch : IDisposable
{
    private readonly LiveViewer _viewer = new();
    private readonly LiveChannel _channel;
    private Action<LiveChannel>? _left;

    internal LiveWatch(LiveChannel channel, Action<LiveChannel> left) => (_channel, _left) = (channel, left);

    /// <summary>What to send next, once there is something: first a snapshot, then updates and heartbeats; a snapshot again
    /// when the day or the owner has changed.</summary>
    /// <exception cref="EventStoreException">The site's state could not be loaded.</exception>
    public async ValueTask<byte[]> NextAsync(CancellationToken cancel)
    {
        if (!_channel.Begun.IsCompletedSuccessfully) await _channel.Begun.WaitAsync(cancel).ConfigureAwait(false);
        while (true)
        {
            var (frame, pulse) = _channel.Take(_viewer);
            if (frame is not null) return frame;
            await pulse.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Leaves.</summary>
    public void Dispose() => Interlocked.Exchange(ref _left, null)?.Invoke(_channel);
}

/// <summary>What a viewer was sent last.</summary>
internal sealed class LiveViewer
{
    public long Epoch, Sequence;
    public DateOnly Day;
    public int Beats;

    public bool Has(LiveView view) => Epoch == view.Epoch && Sequence == view.Sequence && Day == view.Day;
}
