using System.Diagnostics;
using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Web.Errors;

/// <summary>What each refusal of a request is in HTTP; the one place that says so.</summary>
internal static class IngestProblems
{
    /// <summary>Status and standard text of a refusal.</summary>
    public static (int Status, string Detail) Of(IngestOutcome outcome) => outcome switch
    {
        IngestOutcome.MissingKey => (401, "A write key is required: Authorization: Bearer KEY, X-Write-Key, or ?writeKey=."),
        IngestOutcome.UnknownKey => (401, "The key is not known."),
        IngestOutcome.InvalidSignature => (401, "The request is not signed as its key demands, or not rightly."),
        IngestOutcome.BodyTooLarge => (413, "The body is too large; send fewer events in a request."),
        IngestOutcome.TooManyEvents => (413, "The request has too many events; send fewer."),
        IngestOutcome.MalformedBody => (400, "The body is not well-formed JSON; none of it was stored."),
        IngestOutcome.NoEvents => (400, "The request has no events."),
        IngestOutcome.NothingValid => (400, "None of the events is valid; none was stored."),
        IngestOutcome.UnsupportedEncoding => (415, "Content-Encoding must be gzip, br, deflate or identity."),
        IngestOutcome.CorruptEncoding => (400, "The body is not what its Content-Encoding says."),
        IngestOutcome.IncompleteBody => (400, "The body ended too early."),
        IngestOutcome.BufferFull => (503, "Too many events are waiting; send again later with the same event ids."),
        IngestOutcome.StoreUnavailable => (503, "The database does not answer; send again later with the same event ids."),
        IngestOutcome.ShuttingDown => (503, "The server is stopping; send again with the same event ids."),
        IngestOutcome.SiloUnavailable => (503, "A part of the cluster went away; send again with the same event ids."),
        IngestOutcome.Overloaded => (503, "More events are coming in than can be written in time; send again later with the same event ids."),
        IngestOutcome.ServerBusy => (503, "Too many requests are under way; send again later with the same event ids."),
        IngestOutcome.KeyRateLimited => (429, "This key sends too many events; send again after Retry-After with the same event ids."),
        IngestOutcome.AddressRateLimited => (429, "Too many requests come from this address; try again after Retry-After."),
        IngestOutcome.QuotaExceeded => (429, "The site's quota is used up; RateLimit says what is left. Send again after Retry-After with the same event ids."),
        IngestOutcome.BodyTooSlow => (408, "The body took too long to arrive."),
        IngestOutcome.SpoolFull => (503, "The database does not answer and the disk queue is full; send again later with the same event ids."),
        IngestOutcome.SpoolFailed => (503, "The database does not answer and the disk queue could not be written; send again later with the same event ids."),
        IngestOutcome.Accepted or IngestOutcome.Stored or IngestOutcome.Duplicate or IngestOutcome.Spooled =>
            throw new UnreachableException($"{outcome} is no refusal."),
        _ when outcome.IsRowRefusal() => throw new UnreachableException($"{outcome} refuses a row, not a request."),
        _ => throw new UnreachableException($"{outcome} has no HTTP mapping."),
    };
}
