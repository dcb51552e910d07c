namespace GrainAnalytics.Core.Blocks;

/// <summary>What is read of a block beside persons and types; the rest is skipped.</summary>
[Flags]
public enum BlockColumns
{
    /// <summary>Persons and types alone.</summary>
    None = 0,
    /// <summary>When events happened.</summary>
    Times = 1,
    /// <summary>Their sessions.</summary>
    Sessions = 2,
    /// <summary>What their visits came from and used.</summary>
    Contexts = 4,
    /// <summary>Paths of their pages.</summary>
    Paths = 8,
    /// <summary>Milliseconds of attention.</summary>
    Engaged = 16,
}

/// <summary>What a block keeps of an event.</summary>
/// <param name="Person">64 bits of the hash of who did it, after links of ids.</param>
/// <param name="At">When, Unix microseconds.</param>
/// <param name="Type">Its type.</param>
/// <param name="Session">64 bits of its session's hash; 0: it has none.</param>
/// <param name="Context">Number of its context; null: it has none.</param>
/// <param name="Path">Path of its page; empty: it has none.</param>
/// <param name="EngagedMs">Milliseconds of attention.</param>
public readonly record struct BlockEvent(long Person, long At, string Type, long Session, long? Context, string Path, int EngagedMs);
