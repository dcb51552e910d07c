using System.ComponentModel.DataAnnotations;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Limits of what is accepted and how it is written; section <c>Ingest</c>.</summary>
public sealed class IngestOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Ingest";

    /// <summary>Largest event, in bytes of its JSON as sent.</summary>
    /// <value>Default 32 KiB.</value>
    [Range(256, 1024 * 1024)]
    public int MaxEventBytes { get; set; } = 32 * 1024;

    /// <summary>Largest request body, in bytes, as sent and decompressed.</summary>
    /// <value>Default 5 MiB. More is a 413.</value>
    [Range(1024, 256 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 5 * 1024 * 1024;

    /// <summary>Most events in a request.</summary>
    /// <value>Default 1,000. More is a 413.</value>
    [Range(1, 100_000)]
    public int MaxEvents { get; set; } = 1000;

    /// <summary>Longest id or type, in characters (Unicode code points).</summary>
    /// <value>Default 200. PostgreSQL's index rows bound it: 500 characters of four bytes still fit.</value>
    [Range(16, 500)]
    public int MaxIdCharacters { get; set; } = 200;

    /// <summary>Deepest nesting of an event's JSON; the event itself is level 1, its payload level 2.</summary>
    /// <value>Default 32.</value>
    [Range(2, 512)]
    public int MaxNesting { get; set; } = 32;

    /// <summary>How far ahead of the server's clock an event may lie.</summary>
    /// <value>Default 1 day.</value>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan MaxAhead { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How far the timestamp of a signed request may be from the server's clock, either way.</summary>
    /// <value>Default 5 minutes. Within it a request that somebody read along can be sent again: events with ids are stored once.</value>
    [Range(typeof(TimeSpan), "00:00:10", "01:00:00")]
    public TimeSpan SignatureWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Waiting events that make a second writer join and fill a normal write.</summary>
    /// <value>Default 500 events.</value>
    [Range(1, 10_000)]
    public int FlushSize { get; set; } = 500;

    /// <summary>Most events in one transaction, reached under load.</summary>
    /// <value>Default 1,000 events. Larger writes cost less an event and make each wait longer.</value>
    [Range(1, 20_000)]
    public int MaxFlushSize { get; set; } = 1000;

    /// <summary>Longest time an accepted event waits for a write to begin, while a writer is free.</summary>
    /// <value>Default 10 ms. An idle buffer writes at once; longer only means larger writes under load.</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:01")]
    public TimeSpan FlushEvery { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Transactions that may run at the same time.</summary>
    /// <value>Default 2, each a database connection.</value>
    [Range(1, 16)]
    public int Writers { get; set; } = 2;

    /// <summary>Events that may wait for their write; beyond it requests are refused with 503 and Retry-After.</summary>
    /// <value>Default 50,000 events.</value>
    [Range(1, 10_000_000)]
    public int EmergencyThreshold { get; set; } = 50_000;

    /// <summary>Longest wait for a commit that a request is let in for: when the backlog and the last writes say that it would wait
    /// longer, it is refused at once with 503 and Retry-After, before its body is read. Only while the database answers.</summary>
    /// <value>Default 1 s; at most <see cref="AnswerWithin"/>.</value>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Requests with events that may be under way at once; one more is refused with 503 and Retry-After.</summary>
    /// <value>Default 5,000.</value>
    [Range(1, 1_000_000)]
    public int MaxConcurrent { get; set; } = 5000;

    /// <summary>Memory for the bodies of requests that are under way, in bytes; a request that finds none is refused with 503
    /// and Retry-After.</summary>
    /// <value>Default 256 MiB; at least four times <see cref="MaxBodyBytes"/>.</value>
    [Range(1024 * 1024, 1L << 40)]
    public long MaxBodyMemory { get; set; } = 256L * 1024 * 1024;

    /// <summary>Longest time a request waits for its commit before it is answered 503.</summary>
    /// <value>Default 4 s. Its events stay queued: sent again with the same ids they are stored once.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan AnswerWithin { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Longest time one write may take before it is given up and repeated.</summary>
    /// <value>Default 30 s.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
