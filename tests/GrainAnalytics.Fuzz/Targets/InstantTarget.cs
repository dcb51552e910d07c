using System.Text;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Fuzz.Generation;
using GrainAnalytics.Fuzz.Model;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>ISO 8601 instants: the same texts are read, to the same microsecond, as by <see cref="TimeModel"/>.</summary>
internal sealed class InstantTarget : IFuzzTarget
{
    private const int LongestString = 64;
    private readonly Mutator _mutator = new([]);

    public void Make(Dice dice, List<byte> input)
    {
        input.AddRange(InstantMaker.Make(dice));
        if (dice.OneIn(2)) _mutator.Change(dice, input);
    }

    public string Check(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        var expected = TimeModel.Read(text);
        var isRead = Instant.TryParse(input, out var at, out var isDateOnly);
        FuzzFailure.UnlessEqual(expected, isRead ? (at, isDateOnly) : null, "instant");
        // As a parameter of a query it is a string, of which so many bytes are looked at.
        isRead = Instant.TryParse(text, out at, out isDateOnly);
        FuzzFailure.UnlessEqual(text.Length <= LongestString ? expected : null, isRead ? (at, isDateOnly) : null, "instant of a string");
        if (!isRead) return "none";
        if (!Instant.IsDateTime(at)) return "of no year";
        FuzzFailure.Unless(Instant.TryParse(Instant.ToText(at), out var again, out _) && again == at, $"{Instant.ToText(at)} does not read back");
        return isDateOnly ? "date" : "instant";
    }
}
