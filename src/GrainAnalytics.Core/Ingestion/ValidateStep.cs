using System.Text.Json;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>Checks each row by itself; a bad row is noted with its field and reason, the others go on.</summary>
internal sealed class ValidateStep : IIngestStep
{
    public ValueTask<IngestOutcome> RunAsync(IngestContext context, CancellationToken cancel)
    {
        var body = context.Body.Span;
        var rows = context.Rows;
        for (var i = 0; i < rows.Length; i++)
        {
            if (rows[i].Outcome == IngestOutcome.MalformedLine) continue;     // said by the parser
            var (outcome, detail) = Check(ref rows[i], body, context);
            if (outcome != IngestOutcome.Accepted)
            {
                context.Reject(i, outcome, detail!);
                continue;
            }
            context.Valid++;
            if (rows[i].IsCookieless) context.Cookieless++;
        }
        // The parser noted malformed lines before any row was checked.
        context.SortErrors();
        return new(IngestOutcome.Accepted);
    }

    private static (IngestOutcome Outcome, string? Detail) Check(ref RawEvent row, ReadOnlySpan<byte> body, IngestContext context)
    {
        var options = context.Options;
        if (row.Outcome == IngestOutcome.NotAnObject) return (row.Outcome, "An event must be a JSON object.");
        if (row.Length > options.MaxEventBytes)
            return (IngestOutcome.EventTooLarge, $"The event has {row.Length} bytes; at most {options.MaxEventBytes} are allowed.");
        if (row.Nesting > options.MaxNesting)
            return (IngestOutcome.NestingTooDeep, $"The event is nested {row.Nesting} levels deep; at most {options.MaxNesting} are allowed.");
        if (row.Type.IsAbsent) return (IngestOutcome.MissingType, "type is required.");
        if (row.UserId.IsAbsent && row.AnonymousId.IsAbsent)
        {
            if (row.Cookieless.Kind is not (JsonTokenType.True or JsonTokenType.None or JsonTokenType.Null or JsonTokenType.False))
                return (IngestOutcome.MissingUser, "userId or anonymousId is required: cookieless, which would do instead, must be true or false.");
            row.IsCookieless = row.Cookieless.Kind == JsonTokenType.True;
            if (!row.IsCookieless) return (IngestOutcome.MissingUser, "userId or anonymousId is required.");
        }
        var fault = CheckText(row.Type, "type", IngestOutcome.InvalidType, body, options);
        if (fault.Outcome == IngestOutcome.Accepted) fault = CheckText(row.UserId, "userId", IngestOutcome.InvalidUserId, body, options);
        if (fault.Outcome == IngestOutcome.Accepted) fault = CheckText(row.AnonymousId, "anonymousId", IngestOutcome.InvalidAnonymousId, body, options);
        if (fault.Outcome == IngestOutcome.Accepted) fault = CheckText(row.SessionId, "sessionId", IngestOutcome.InvalidSessionId, body, options);
        if (fault.Outcome == IngestOutcome.Accepted) fault = CheckText(row.EventId, "eventId", IngestOutcome.InvalidEventId, body, options);
        if (fault.Outcome == IngestOutcome.Accepted) fault = CheckPayload(row.Payload, body);
        return fault.Outcome == IngestOutcome.Accepted ? EventTime.Resolve(ref row, body, context) : fault;
    }

    private static (IngestOutcome Outcome, string? Detail) CheckText(RawField field, string name, IngestOutcome invalid,
        ReadOnlySpan<byte> body, IngestOptions options)
    {
        if (field.IsAbsent) return default;
        if (field.Kind != JsonTokenType.String) return (invalid, $"{name} must be a string.");
        var text = field.In(body);
        if (field.IsEscaped)
        {
            var fault = Name(JsonText.FindFault(text), name);
            if (fault.Outcome != IngestOutcome.Accepted) return fault;
            if (text.Length > 6 * 4 * options.MaxIdCharacters) return (invalid, TooLong(name, options));
            Span<byte> plain = stackalloc byte[text.Length];
            return CheckLength(plain[..JsonText.Unescape(text, plain)], name, invalid, options);
        }
        return CheckLength(text, name, invalid, options);
    }

    private static (IngestOutcome, string?) CheckLength(ReadOnlySpan<byte> text, string name, IngestOutcome invalid, IngestOptions options)
    {
        if (text.Length == 0) return (invalid, $"{name} must not be empty.");
        return text.Length > options.MaxIdCharacters && JsonText.CountCharacters(text) > options.MaxIdCharacters
            ? (invalid, TooLong(name, options))
            : default;
    }

    private static string TooLong(string name, IngestOptions options) => $"{name} has more than {options.MaxIdCharacters} characters.";

    private static (IngestOutcome Outcome, string? Detail) CheckPayload(RawField field, ReadOnlySpan<byte> body)
    {
        if (field.IsAbsent) return default;
        if (field.Kind != JsonTokenType.StartObject) return (IngestOutcome.InvalidPayload, "payload must be a JSON object.");
        return Name(JsonText.FindFault(field.In(body)), "payload");
    }

    private static (IngestOutcome Outcome, string? Detail) Name(TextFault fault, string name) => fault switch
    {
        TextFault.Nul => (IngestOutcome.NulCharacter, $"{name} contains U+0000, which cannot be stored."),
        TextFault.LoneSurrogate => (IngestOutcome.LoneSurrogate, $"{name} contains half of a surrogate pair, which cannot be stored."),
        _ => default,
    };
}
