namespace GrainAnalytics.Cli.Verify;

/// <summary>What is to be checked, and where.</summary>
internal sealed record VerifySettings
{
    /// <summary>Servers, at least one; users are spread over them.</summary>
    public required IReadOnlyList<Uri> Servers { get; init; }

    /// <summary>An API key of the site.</summary>
    public required string Key { get; init; }

    /// <summary>Files of acknowledged events.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Ask every server for every user, instead of one each.</summary>
    public bool OnEveryServer { get; init; }

    /// <summary>The site has users who are not in the files: its counters may be higher than what is found.</summary>
    public bool HasOthers { get; init; }

    /// <summary>Lookups at a time.</summary>
    public int Connections { get; init; } = 8;

    /// <summary>Sessions whose counts are compared, spread evenly over all that are found.</summary>
    public int Sessions { get; init; } = 500;

    /// <summary>How long to wait until the servers have delivered what they spooled.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>How long a lookup is tried that is answered 429 or 503, with part of a journey, or not at all.</summary>
    public TimeSpan GiveUp { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Connection string for a recount by SQL; null: none.</summary>
    public string? Database { get; init; }

    /// <summary>Examples of each kind of fault that are named.</summary>
    public int Examples { get; init; } = 10;
}
