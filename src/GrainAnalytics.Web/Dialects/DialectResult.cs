using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Limits;

namespace GrainAnalytics.Web.Dialects;

/// <summary>What became of a request, of all the sites that it names.</summary>
internal sealed class DialectResult
{
    /// <summary>Accepted, or why nothing was taken.</summary>
    public IngestOutcome Outcome { get; private set; } = IngestOutcome.Accepted;

    /// <summary>Events that are stored, by this request or before, or on disk.</summary>
    public int Taken { get; private set; }

    /// <summary>Events that were set aside.</summary>
    public int Rejected { get; private set; }

    /// <summary>Names of sites that there are not.</summary>
    public int UnknownSites { get; private set; }

    /// <summary>Why, for people; null for the outcome's standard text.</summary>
    public string? Detail { get; private set; }

    /// <summary>When to try again, where that is known.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <summary>The limit that refused the request, or null.</summary>
    public LimitReport? Limit { get; private set; }

    /// <summary>Notes a refusal before the pipeline.</summary>
    public void Refuse(IngestOutcome outcome) => Outcome = outcome;

    /// <summary>Adds one site's part.</summary>
    /// <returns>False when the whole request is refused by it.</returns>
    public bool Add(IngestOutcome outcome, IngestContext context)
    {
        switch (outcome)
        {
            case IngestOutcome.Accepted or IngestOutcome.NothingValid:
                // Who sends through an SDK cannot mend a bad event, so none is a reason to have the rest sent again.
                Rejected += context.Errors.Count;
                Taken += context.Count - context.Errors.Count;
                return true;
            case IngestOutcome.UnknownKey:
                UnknownSites++;
                return true;
            default:
                (Outcome, Detail, RetryAfter, Limit) = (outcome, context.Detail, context.RetryAfter, context.Limit);
                return false;
        }
    }

    /// <summary>To be called when every site had its part.</summary>
    /// <param name="sites">How many there were.</param>
    public void Finish(int sites)
    {
        if (Outcome == IngestOutcome.Accepted && UnknownSites == sites) Outcome = IngestOutcome.UnknownKey;
    }
}
