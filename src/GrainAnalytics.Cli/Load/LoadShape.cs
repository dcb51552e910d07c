namespace GrainAnalytics.Cli.Load;

/// <summary>How events are put into requests.</summary>
internal enum LoadShape
{
    /// <summary>One event a request.</summary>
    Single,
    /// <summary>A JSON array.</summary>
    Batch,
    /// <summary>One event a line.</summary>
    Ndjson,
}
