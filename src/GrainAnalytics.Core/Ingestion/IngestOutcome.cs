namespace GrainAnalytics.Core.Ingestion;

/// <summary>How a step of the pipeline ended, for a request or for one of its events. The same closed list is the HTTP
/// mapping, the metric's tag and the test matrix.</summary>
public enum IngestOutcome
{
    /// <summary>Not refused so far.</summary>
    Accepted,

    /// <summary>Committed by this request.</summary>
    Stored,
    /// <summary>An event with this id was stored before; nothing was written.</summary>
    Duplicate,
    /// <summary>On this machine's disk; it is stored when the database answers again, unless its id turns out to be known.</summary>
    Spooled,

    /// <summary>The row is no JSON object.</summary>
    NotAnObject,
    /// <summary>A line of NDJSON is no well-formed JSON.</summary>
    MalformedLine,
    /// <summary>The event's JSON is larger than <see cref="IngestOptions.MaxEventBytes"/>.</summary>
    EventTooLarge,
    /// <summary>The event's JSON is nested deeper than <see cref="IngestOptions.MaxNesting"/>.</summary>
    NestingTooDeep,
    /// <summary>There is no type.</summary>
    MissingType,
    /// <summary>The type is no string of 1 to 200 characters.</summary>
    InvalidType,
    /// <summary>There is neither a userId nor an anonymousId.</summary>
    MissingUser,
    /// <summary>The userId is no string of 1 to 200 characters.</summary>
    InvalidUserId,
    /// <summary>The anonymousId is no string of 1 to 200 characters.</summary>
    InvalidAnonymousId,
    /// <summary>The sessionId is no string of 1 to 200 characters.</summary>
    InvalidSessionId,
    /// <summary>The eventId is no string of 1 to 200 characters.</summary>
    InvalidEventId,
    /// <summary>The occurredAt is no ISO 8601 instant.</summary>
    InvalidOccurredAt,
    /// <summary>The sentAt is no ISO 8601 instant.</summary>
    InvalidSentAt,
    /// <summary>The corrected occurredAt lies before 1970 or too far ahead.</summary>
    OccurredAtOutOfRange,
    /// <summary>The payload is no JSON object.</summary>
    InvalidPayload,
    /// <summary>A text holds U+0000, which PostgreSQL cannot store.</summary>
    NulCharacter,
    /// <summary>A text holds half of a surrogate pair, which has no UTF-8 form.</summary>
    LoneSurrogate,
    /// <summary>The database refused the row; it was set aside as a dead letter.</summary>
    PoisonRow,

    /// <summary>The request carries no key.</summary>
    MissingKey,
    /// <summary>No site has the key.</summary>
    UnknownKey,
    /// <summary>The body is larger than <see cref="IngestOptions.MaxBodyBytes"/>, as sent or decompressed.</summary>
    BodyTooLarge,
    /// <summary>The request has more than <see cref="IngestOptions.MaxEvents"/> events.</summary>
    TooManyEvents,
    /// <summary>The body is no well-formed JSON in UTF-8.</summary>
    MalformedBody,
    /// <summary>The body is empty or an empty array.</summary>
    NoEvents,
    /// <summary>Every event of the request was rejected.</summary>
    NothingValid,
    /// <summary>The Content-Encoding is none of gzip, br, deflate and identity.</summary>
    UnsupportedEncoding,
    /// <summary>The body is not what its Content-Encoding says.</summary>
    CorruptEncoding,
    /// <summary>The connection ended before the body did, or the body is in chunks that are none.</summary>
    IncompleteBody,
    /// <summary>Too many events wait for their write.</summary>
    BufferFull,
    /// <summary>The store did not answer in time.</summary>
    StoreUnavailable,
    /// <summary>The server is stopping.</summary>
    ShuttingDown,
    /// <summary>The silo that holds a user went away and no other could take over in time.</summary>
    SiloUnavailable,
    /// <summary>The store does not answer, and the spool has no room.</summary>
    SpoolFull,
    /// <summary>The store does not answer, and the spool could not be written.</summary>
    SpoolFailed,
    /// <summary>The request is not signed as its key demands, or not rightly.</summary>
    InvalidSignature,
    /// <summary>The events would wait longer than <see cref="IngestOptions.MaxWait"/>.</summary>
    Overloaded,
    /// <summary><see cref="IngestOptions.MaxConcurrent"/> requests are under way, or their bodies fill <see cref="IngestOptions.MaxBodyMemory"/>.</summary>
    ServerBusy,
    /// <summary>The key sent too many events; see <see cref="Limits.RateLimitOptions"/>.</summary>
    KeyRateLimited,
    /// <summary>The client's address sent too many requests; see <see cref="Limits.RateLimitOptions"/>.</summary>
    AddressRateLimited,
    /// <summary>The site's quota of a day or a second is used up.</summary>
    QuotaExceeded,
    /// <summary>The body took too long to arrive.</summary>
    BodyTooSlow,
}

/// <summary>Facts about outcomes.</summary>
public static class IngestOutcomes
{
    private static readonly string[] Codes = [.. Enum.GetNames<IngestOutcome>().Select(Kebab)];

    /// <summary>The outcome's stable name in answers and metrics, such as "missing-type".</summary>
    public static string Code(this IngestOutcome outcome) => Codes[(int)outcome];

    /// <summary>True for outcomes that refuse one event and leave the rest of its request alone.</summary>
    public static bool IsRowRefusal(this IngestOutcome outcome) =>
        outcome is >= IngestOutcome.NotAnObject and <= IngestOutcome.PoisonRow;

    /// <summary>True for outcomes that refuse a whole request.</summary>
    public static bool IsRequestRefusal(this IngestOutcome outcome) => outcome >= IngestOutcome.MissingKey;

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
