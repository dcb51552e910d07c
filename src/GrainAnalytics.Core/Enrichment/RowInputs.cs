using System.Buffers.Text;
using System.Text;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>What a row says of its page and its visitor: members of its payload, and of its context, which counts more.</summary>
internal ref struct RowInputs
{
    private const int MaxEngagedMs = 24 * 60 * 60 * 1000;

    /// <summary>Decoded texts, UTF-8, as they came; empty where there is none.</summary>
    public ReadOnlySpan<byte> Url, Path, Referrer, Screen, Language, TimeZone, UserAgent, Country;

    /// <summary>Milliseconds of attention; 0 for none.</summary>
    public int EngagedMs;

    /// <summary>utm_… members of the payload.</summary>
    public Campaign Campaign;

    private bool _hasUrl;       // a url, not what is only taken for one

    /// <summary>Reads a payload.</summary>
    /// <param name="json">A well-formed object.</param>
    public void ReadPayload(ReadOnlySpan<byte> json)
    {
        var members = new JsonMembers(json);
        while (members.MoveNext())
            switch (members.Name)
            {
                case [(byte)'u', (byte)'t', (byte)'m', (byte)'_', ..]:
                    ref var place = ref Campaign.Place(members.Name, out var isKnown);
                    if (isKnown) Take(members, ref place);
                    break;
                case [(byte)'u', (byte)'r', (byte)'l']: _hasUrl |= Take(members, ref Url); break;
                case [(byte)'h', (byte)'r', (byte)'e', (byte)'f']: if (!_hasUrl) Take(members, ref Url); break;
                case [(byte)'p', (byte)'a', (byte)'t', (byte)'h']: Take(members, ref Path); break;
                case [(byte)'p', (byte)'a', (byte)'g', (byte)'e']: if (Path.IsEmpty) Take(members, ref Path); break;
                default: ReadShared(members); break;
            }
    }

    /// <summary>Reads a row's context over what its payload said.</summary>
    /// <param name="json">A well-formed object.</param>
    public void ReadContext(ReadOnlySpan<byte> json)
    {
        var members = new JsonMembers(json);
        while (members.MoveNext())
        {
            var name = members.Name;
            if (name.SequenceEqual("url"u8)) Take(members, ref Url);
            else if (name.SequenceEqual("userAgent"u8) || name.SequenceEqual("user_agent"u8)) Take(members, ref UserAgent);
            else if (name.SequenceEqual("country"u8)) Take(members, ref Country);
            else ReadShared(members);
        }
    }

    private void ReadShared(in JsonMembers member)
    {
        switch (member.Name.Length)
        {
            case 6 when member.Name.SequenceEqual("screen"u8): Take(member, ref Screen); break;
            case 8 when member.Name.SequenceEqual("referrer"u8): Take(member, ref Referrer); break;
            case 8 when member.Name.SequenceEqual("language"u8): Take(member, ref Language); break;
            case 8 when member.Name.SequenceEqual("timeZone"u8) || member.Name.SequenceEqual("timezone"u8): Take(member, ref TimeZone); break;
            case 9 when member.Name.SequenceEqual("time_zone"u8): Take(member, ref TimeZone); break;
            case 9 when member.Name.SequenceEqual("engagedMs"u8): TakeEngaged(member); break;
            case 10 when member.Name.SequenceEqual("engaged_ms"u8): TakeEngaged(member); break;
        }
    }

    private void TakeEngaged(in JsonMembers member)
    {
        if (!member.IsString && Utf8Parser.TryParse(member.Value, out double value, out var used) && used == member.Value.Length && value >= 1)
            EngagedMs = (int)Math.Min(value, MaxEngagedMs);
    }

    // Anything but a text says nothing, and neither does one that cannot be stored.
    private static bool Take(in JsonMembers member, ref ReadOnlySpan<byte> to)
    {
        if (!member.IsString || member.Value.IsEmpty) return false;
        var text = member.Value;
        if (text.Contains((byte)'\\'))
        {
            if (JsonText.FindFault(text) != TextFault.None) return false;
            var plain = new byte[text.Length];
            text = plain.AsSpan(0, JsonText.Unescape(text, plain));
        }
        to = text;
        return true;
    }
}
