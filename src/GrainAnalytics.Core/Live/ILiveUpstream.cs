using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Live;

/// <summary>Where a process's hub gets the views of a site from: the site's owner, in this process or in another.</summary>
public interface ILiveUpstream
{
    /// <summary>Begins to follow a site. Called when its first viewer comes to this process, and not again before the
    /// subscription is disposed, except that a new one may begin while an old one still ends.</summary>
    /// <param name="site">The site.</param>
    /// <param name="push">Takes views, from any thread, in any order, also repeated. The first whole view is pushed before
    /// the returned task ends, or soon after; then one after every change, and none need follow when nothing changes.</param>
    /// <param name="cancel">Ends the attempt.</param>
    /// <returns>The subscription; disposing it ends the pushing.</returns>
    /// <exception cref="EventStoreException">The owner cannot be reached or could not load its state.</exception>
    Task<IAsyncDisposable> BeginAsync(Site site, Action<LiveView> push, CancellationToken cancel);
}
