using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Fuzz.Generation;
using GrainAnalytics.Fuzz.Model;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>Event ids: which are UUIDs, what is their key, which time is in it, and back to the text.</summary>
internal sealed class UuidTarget : IFuzzTarget
{
    private readonly Mutator _mutator = new([]);

    public void Make(Dice dice, List<byte> input)
    {
        var text = EventKey.Read([.. BitConverter.GetBytes(dice.Next()), .. BitConverter.GetBytes(dice.Next())]).ToGuid().ToString(dice.Pick<string>(["D", "D", "D", "D", "N", "B"]));
        if (dice.OneIn(2) && text.Length == 36) text = $"{text[..14]}7{text[15..19]}{dice.Pick<string>(["8", "9", "a", "b", "c"])}{text[20..]}";
        input.AddRange(Encoding.ASCII.GetBytes(dice.OneIn(4) ? text.ToUpperInvariant() : text));
        if (dice.OneIn(2)) _mutator.Change(dice, input);
    }

    public string Check(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);        // a character a byte: what is no ASCII stays none
        var isUuid = TimeModel.IsUuid(text);
        FuzzFailure.UnlessEqual(isUuid, UuidText.TryParse(input, out var key, out var isCanonical), "is a UUID");
        FuzzFailure.UnlessEqual(isUuid && text == text.ToLowerInvariant(), isCanonical, "is lower case");
        var keyOf = EventKey.Of(input, out var isKeyText);
        FuzzFailure.UnlessEqual(isCanonical, isKeyText, "need not be kept");
        FuzzFailure.UnlessEqual(keyOf, EventKey.FromGuid(keyOf.ToGuid()), "key from PostgreSQL's form");
        if (!isUuid)
        {
            // The model decodes UTF-8; only what is some has the same bytes there.
            if (System.Text.Unicode.Utf8.IsValid(input)) FuzzFailure.UnlessEqual(KeyModel.Of(Encoding.UTF8.GetString(input)), keyOf, "key");
            return "other";
        }
        FuzzFailure.UnlessEqual(KeyModel.Of(text), key, "key");
        FuzzFailure.UnlessEqual(key, keyOf, "key of the id");
        FuzzFailure.UnlessEqual(TimeModel.OfUuid(text), UuidText.TimeOf(key), "time");
        Span<byte> written = stackalloc byte[UuidText.Length];
        UuidText.Write(key, written);
        FuzzFailure.UnlessEqual(text.ToLowerInvariant(), Encoding.ASCII.GetString(written), "text");
        return UuidText.TimeOf(key) is null ? "uuid" : "version 7";
    }
}
