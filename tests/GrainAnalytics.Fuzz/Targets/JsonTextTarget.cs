using System.Text;
using System.Text.Unicode;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Fuzz.Generation;
using GrainAnalytics.Fuzz.Model;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>The escapes of JSON strings: the same faults and the same text as decoding character by character.</summary>
/// <remarks>The input is the inside of a string; what is no such inside is passed over.</remarks>
internal sealed class JsonTextTarget : IFuzzTarget
{
    private readonly JsonGrammar _grammar = new();
    private readonly Mutator _mutator = new([]);

    public void Make(Dice dice, List<byte> input)
    {
        TextMaker.Append(dice, input, limit: 200);
        if (dice.OneIn(2)) _mutator.Change(dice, input);
    }

    public string Check(byte[] input)
    {
        byte[] quoted = [(byte)'"', .. input, (byte)'"'];
        if (!_grammar.IsOneValue(quoted, 0, quoted.Length) || !Utf8.IsValid(input)) return "no string";
        var expected = JsonStrings.Decode(input);
        var fault = JsonStrings.FindFault(expected);
        FuzzFailure.UnlessEqual(fault, JsonText.FindFault(input) switch
        {
            TextFault.Nul => IngestOutcome.NulCharacter,
            TextFault.LoneSurrogate => IngestOutcome.LoneSurrogate,
            _ => IngestOutcome.Accepted,
        }, "fault");
        if (fault != IngestOutcome.Accepted) return fault.Code();
        var plain = new byte[input.Length];
        var length = JsonText.Unescape(input, plain);
        FuzzFailure.UnlessEqual(expected, Encoding.UTF8.GetString(plain, 0, length), "text");
        FuzzFailure.UnlessEqual(JsonStrings.CountCharacters(expected), JsonText.CountCharacters(plain.AsSpan(0, length)), "characters");
        return length == input.Length ? "plain" : "escaped";
    }
}
