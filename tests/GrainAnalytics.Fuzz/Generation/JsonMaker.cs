using System.Text;

namespace GrainAnalytics.Fuzz.Generation;

/// <summary>Makes bodies of events: mostly well-formed JSON with fields that mean something, good and bad.</summary>
/// <param name="dice">The dice.</param>
/// <param name="to">Where to.</param>
/// <param name="maxCharacters">The limit on ids: texts are made around it.</param>
/// <param name="maxNesting">The limit on nesting, likewise.</param>
internal sealed class JsonMaker(Dice dice, List<byte> to, int maxCharacters, int maxNesting)
{
    private static readonly string[] TextFields = ["type", "eventType", "event_type", "userId", "user_id", "anonymousId", "anonymous_id", "sessionId", "session_id", "eventId", "event_id"];
    private static readonly string[] TimeFields = ["occurredAt", "occurred_at", "sentAt", "sent_at"];
    private static readonly string[] PayloadFields = ["payload", "properties"];
    private static readonly string[] OtherFields = ["", "__proto__", "constructor", "Type", "TYPE", "type ", "userid", "context", "\\u0000", "\\ud800", "x\\ny", "anonymousIdentity", "type\\u0000"];
    private static readonly string[] Scalars =
        ["null", "true", "false", "0", "-0", "1.5", "-1e999999", "1E+400", "12345678901234567890123456789", "0.000000000000000000000001", "{}", "[]", "\"\"", "[[]]", "{\"\":{}}"];

    /// <summary>Appends one row: nearly always an object.</summary>
    public void Row()
    {
        if (dice.OneIn(24)) { Scalar(); return; }
        Begin('{');
        // The required fields first, so that most rows are good; any of them may come again behind.
        if (!dice.OneIn(12)) Member("type", Text);
        if (!dice.OneIn(12)) Member(dice.Pick<string>(["userId", "user_id", "anonymousId"]), Text);
        for (var more = dice.Skewed(8); more > 0; more--) AnyMember();
        End('}');
    }

    /// <summary>Appends an array of rows.</summary>
    public void Rows(int count)
    {
        Begin('[');
        for (var i = 0; i < count; i++)
        {
            Separate();
            Row();
        }
        End(']');
    }

    /// <summary>Appends whitespace, mostly none.</summary>
    public void Space()
    {
        if (dice.OneIn(10)) to.AddRange(Encoding.ASCII.GetBytes(dice.Pick<string>([" ", "  ", "\t", "\r", " \t \r"])));
    }

    private void AnyMember()
    {
        switch (dice.Below(8))
        {
            case 0: Member(dice.Pick<string>(TimeFields), Time); break;
            case 1: Member(dice.Pick<string>(PayloadFields), Payload); break;
            case 2: Member(dice.Pick<string>(OtherFields), () => Value(1)); break;
            case 3: Member("eventId", Id); break;
            case 4: Member(dice.Pick<string>(OtherFields), Payload); break;
            default: Member(dice.Pick<string>(TextFields), Text); break;
        }
    }

    private void Member(string name, Action value)
    {
        Separate();
        to.Add((byte)'"');
        if (name.Contains('\\') || !dice.OneIn(20)) to.AddRange(Encoding.UTF8.GetBytes(name));
        else TextMaker.AppendEscaped(dice, to, name);
        to.Add((byte)'"');
        Space();
        to.Add((byte)':');
        Space();
        if (dice.OneIn(30)) Value(2);
        else value();
    }

    private void Text()
    {
        to.Add((byte)'"');
        TextMaker.Append(dice, to, maxCharacters);
        to.Add((byte)'"');
    }

    private void Id()
    {
        if (dice.OneIn(3)) { Text(); return; }
        // Few different ones, so that they repeat within a request.
        var id = $"01938f6e-7c1a-{dice.Pick<string>(["7", "4", "0"])}000-{dice.Pick<string>(["8", "b", "c", "0"])}000-00000000000{dice.Below(4)}";
        if (dice.OneIn(4)) id = "ffffffff-ffff-7fff-8fff-ffffffffffff";
        if (dice.OneIn(3)) id = id.ToUpperInvariant();
        to.Add((byte)'"');
        if (dice.OneIn(10)) TextMaker.AppendEscaped(dice, to, id);
        else to.AddRange(Encoding.ASCII.GetBytes(id));
        to.Add((byte)'"');
    }

    private void Time()
    {
        to.Add((byte)'"');
        if (dice.OneIn(12)) TextMaker.AppendEscaped(dice, to, "2026-09-21T12:00:00.5+02:00");
        else to.AddRange(InstantMaker.Make(dice));
        to.Add((byte)'"');
    }

    private void Payload()
    {
        if (dice.OneIn(12)) { Deep(); return; }
        Begin('{');
        for (var members = dice.Skewed(6); members > 0; members--)
        {
            Separate();
            Text();
            to.Add((byte)':');
            Value(1);
        }
        End('}');
    }

    // Around the limit on nesting, of objects or arrays or both in turn.
    private void Deep()
    {
        var depth = Math.Max(0, maxNesting - 3 + dice.Below(6));
        var kind = dice.Below(3);
        to.AddRange("{\"d\":"u8);
        for (var i = 0; i < depth; i++)
            if (kind == 0 || kind == 2 && i % 2 == 0) to.AddRange("{\"\":"u8);
            else to.Add((byte)'[');
        to.Add((byte)'1');
        for (var i = depth - 1; i >= 0; i--) to.Add((byte)(kind == 0 || kind == 2 && i % 2 == 0 ? '}' : ']'));
        to.Add((byte)'}');
    }

    private void Value(int depth)
    {
        switch (depth > 6 ? 0 : dice.Below(6))
        {
            case 0 or 1: Scalar(); break;
            case 2 or 3: Text(); break;
            case 4:
                Begin('[');
                for (var items = dice.Skewed(4); items > 0; items--)
                {
                    Separate();
                    Value(depth + 1);
                }
                End(']');
                break;
            default: Payload(); break;
        }
    }

    private void Scalar() => to.AddRange(Encoding.ASCII.GetBytes(dice.Pick<string>(Scalars)));

    private void Begin(char bracket)
    {
        to.Add((byte)bracket);
        Space();
    }

    private void End(char bracket)
    {
        Space();
        to.Add((byte)bracket);
    }

    private void Separate()
    {
        if (to[^1] is (byte)'{' or (byte)'[') return;
        Space();
        if (LastToken() is (byte)'{' or (byte)'[') return;
        to.Add((byte)',');
        Space();
    }

    private byte LastToken()
    {
        var at = to.Count - 1;
        while (to[at] is (byte)' ' or (byte)'\t' or (byte)'\r') at--;
        return to[at];
    }
}
