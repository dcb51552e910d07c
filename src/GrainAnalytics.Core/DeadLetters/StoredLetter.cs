using GrainAnalytics.Core.Events;

namespace GrainAnalytics.Core.DeadLetters;

/// <summary>What a dead letter holds.</summary>
public enum LetterForm
{
    /// <summary>A row as it was sent, which did not become an event.</summary>
    Row,
    /// <summary>An event that the database refused, encoded.</summary>
    Event,
}

/// <summary>A dead letter.</summary>
/// <param name="Id">Its number: higher was set aside later.</param>
/// <param name="SiteId">Its site.</param>
/// <param name="SiteName">What people call the site; null when it is gone.</param>
/// <param name="Reason">Code of the outcome that it had last.</param>
/// <param name="Detail">The same for people.</param>
/// <param name="Form">What the bytes are.</param>
/// <param name="Bytes">The row, or its beginning, or the event's block.</param>
/// <param name="OriginalSize">Bytes of the row as it was sent, or of the block.</param>
/// <param name="Key">Identity of the event; for a row what it gets if it names none. Null when none was kept.</param>
/// <param name="ReceivedAt">Arrival, Unix microseconds.</param>
/// <param name="SetAsideAt">When it was written, Unix microseconds.</param>
/// <param name="Attempts">How often it was tried again.</param>
/// <param name="TriedAt">When for the last time, Unix microseconds; null for never.</param>
public sealed record StoredLetter(long Id, int SiteId, string? SiteName, string Reason, string Detail, LetterForm Form, byte[] Bytes, int OriginalSize,
    EventKey? Key, long ReceivedAt, long SetAsideAt, int Attempts, long? TriedAt)
{
    /// <summary>True when only the beginning was kept, so that it cannot be tried again.</summary>
    public bool IsTruncated => OriginalSize > Bytes.Length;
}
