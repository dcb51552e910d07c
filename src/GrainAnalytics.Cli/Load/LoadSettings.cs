namespace GrainAnalytics.Cli.Load;

/// <summary>What a load is to be.</summary>
internal sealed record LoadSettings
{
    /// <summary>Servers, at least one; each client sends to them in turn, and to another one after a refusal.</summary>
    public required IReadOnlyList<Uri> Servers { get; init; }

    /// <summary>A key that may send.</summary>
    public required string Key { get; init; }

    /// <summary>Events a second that all clients together begin to send; 0: as fast as they are acknowledged.</summary>
    public double Rate { get; init; }

    /// <summary>How they are sent.</summary>
    public LoadShape Shape { get; init; } = LoadShape.Batch;

    /// <summary>Events of a request, unless they are sent singly.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>Clients, each with one request under way at a time.</summary>
    public int Connections { get; init; } = 8;

    /// <summary>When clients begin no further request.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Events after which clients begin no further request; 0: no limit but the duration.</summary>
    public long Count { get; init; }

    /// <summary>Users that events are spread over, named user-0, user-1, …</summary>
    public int Users { get; init; } = 10_000;

    /// <summary>Sessions that events are spread over, each of one user unless there are fewer sessions than users; 0: no sessions.</summary>
    public int Sessions { get; init; } = 20_000;

    /// <summary>Bytes of an event's payload.</summary>
    public int PayloadBytes { get; init; } = 120;

    /// <summary>Days before now that occurredAt is spread over; 0: all events happen when they are first sent.</summary>
    public int Days { get; init; }

    /// <summary>When a request without an answer is given up and made again.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client tries to have the same events acknowledged.</summary>
    public TimeSpan GiveUp { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Once told to stop before its time, what is under way gets this long.</summary>
    public TimeSpan Ending { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where acknowledged events are written; null: nowhere.</summary>
    public string? AckedFile { get; init; }
}
