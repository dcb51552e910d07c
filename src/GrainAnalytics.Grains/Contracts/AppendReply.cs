using System.Diagnostics;
using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Grains.Contracts;

/// <summary>What became of an event, as it crosses a grain call. Numbers never change their meaning.</summary>
public enum AppendVerdict : byte
{
    /// <summary>Nobody could be asked: the silo that holds the user went away. Sent again, the event is stored once.</summary>
    Unreachable = 0,
    /// <summary>Committed.</summary>
    Stored = 1,
    /// <summary>Its id was stored before.</summary>
    Duplicate = 2,
    /// <summary>The database refused it; it was set aside.</summary>
    PoisonRow = 3,
    /// <summary>Too many events wait in that silo.</summary>
    BufferFull = 4,
    /// <summary>The database does not answer.</summary>
    StoreUnavailable = 5,
    /// <summary>The silo is stopping.</summary>
    ShuttingDown = 6,
}

/// <summary>What became of each event of an append.</summary>
/// <param name="Verdicts">One an event, in order.</param>
[GenerateSerializer, Immutable, Alias("ga.append-reply.v1")]
public sealed record AppendReply([property: Id(0)] AppendVerdict[] Verdicts);

/// <summary>Between outcomes and their form on the wire.</summary>
internal static class AppendVerdicts
{
    public static AppendVerdict ToVerdict(this IngestOutcome outcome) => outcome switch
    {
        IngestOutcome.Stored => AppendVerdict.Stored,
        IngestOutcome.Duplicate => AppendVerdict.Duplicate,
        IngestOutcome.PoisonRow => AppendVerdict.PoisonRow,
        IngestOutcome.BufferFull => AppendVerdict.BufferFull,
        IngestOutcome.StoreUnavailable => AppendVerdict.StoreUnavailable,
        IngestOutcome.ShuttingDown => AppendVerdict.ShuttingDown,
        _ => throw new UnreachableException($"An append does not end with {outcome}."),
    };

    public static IngestOutcome ToOutcome(this AppendVerdict verdict) => verdict switch
    {
        AppendVerdict.Stored => IngestOutcome.Stored,
        AppendVerdict.Duplicate => IngestOutcome.Duplicate,
        AppendVerdict.PoisonRow => IngestOutcome.PoisonRow,
        AppendVerdict.BufferFull => IngestOutcome.BufferFull,
        AppendVerdict.StoreUnavailable => IngestOutcome.StoreUnavailable,
        _ => IngestOutcome.SiloUnavailable,     // also a verdict of a newer version, and a silo that stops: ask again
    };
}
