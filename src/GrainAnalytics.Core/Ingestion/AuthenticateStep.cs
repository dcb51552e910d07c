using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Finds the site of the request's key, or the one it names. Both kinds of key may send.</summary>
internal sealed class AuthenticateStep(ISiteDirectory sites) : IIngestStep
{
    public async ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel)
    {
        if (context.Credential is null) return IngestOutcome.MissingKey;
        try
        {
            context.Access = await (context.MayNameSite ? sites.FindSenderAsync(context.Credential, cancel) : sites.FindAsync(context.Credential, cancel));
        }
        catch (EventStoreException)
        {
            // An unknown key cannot be told from a known one now, and a client that is told 401 throws its events away.
            return IngestOutcome.StoreUnavailable;
        }
        return context.Access is null ? IngestOutcome.UnknownKey : IngestOutcome.Accepted;
    }
}
