namespace GrainAnalytics.Grains.Contracts;

/// <summary>A front silo's one subscription to a site's live stream; key: "silo address/site id". It lives on that silo.</summary>
[Alias("ga.live-relay")]
public interface ILiveRelayGrain : IGrainWithStringKey
{
    /// <summary>Subscribes, if that is not done; called again and again while somebody on the silo watches.</summary>
    [Alias("follow.v1")]
    Task FollowAsync();

    /// <summary>Ends the subscription.</summary>
    [Alias("end.v1")]
    Task EndAsync();
}
