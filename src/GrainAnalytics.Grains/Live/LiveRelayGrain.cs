using System.Globalization;
using GrainAnalytics.Grains.Contracts;
using Orleans.Placement;
using Orleans.Streams;

namespace GrainAnalytics.Grains.Live;

/// <summary>Passes a site's live states from the stream to its silo's viewers.</summary>
/// <remarks>Nothing is lost if its silo dies: the viewers went with it. The subscription it leaves behind wakes it on
/// another silo at the next update, and there it ends the subscription.</remarks>
[GrainType("live-relay"), PreferLocalPlacement]
internal sealed class LiveRelayGrain(ClusterLive live, ILocalSiloDetails silo) : Grain, ILiveRelayGrain
{
    private StreamSubscriptionHandle<LiveViewWire>? _subscription;
    private int _siteId;
    private IAsyncStream<LiveViewWire> _stream = null!;

    private bool IsAtHome => this.GetPrimaryKeyString() == KeyOf(silo.SiloAddress, _siteId);

    public static string KeyOf(SiloAddress silo, int siteId) => $"{silo.ToParsableString()}/{siteId}";

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        _siteId = int.Parse(key.AsSpan(key.LastIndexOf('/') + 1), CultureInfo.InvariantCulture);
        _stream = LiveStreams.Of(this, _siteId);
        if (IsAtHome) await SubscribeAsync(isNew: false);
        else await EndAsync();
    }

    public async Task FollowAsync()
    {
        DelayDeactivation(LiveLease.Duration);
        if (_subscription is null && IsAtHome) await SubscribeAsync(isNew: true);
    }

    public async Task EndAsync()
    {
        foreach (var handle in await _stream.GetAllSubscriptionHandles()) await handle.UnsubscribeAsync();
        _subscription = null;
        DeactivateOnIdle();
    }

    private async Task SubscribeAsync(bool isNew)
    {
        var handles = await _stream.GetAllSubscriptionHandles();
        if (handles.Count > 0) _subscription = await handles[0].ResumeAsync(OnNextAsync);
        else if (isNew) _subscription = await _stream.SubscribeAsync(OnNextAsync);
        foreach (var surplus in handles.Skip(1)) await surplus.UnsubscribeAsync();
    }

    private Task OnNextAsync(LiveViewWire view, StreamSequenceToken? token)
    {
        live.Deliver(view.ToView());
        return Task.CompletedTask;
    }
}
