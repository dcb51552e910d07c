using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using GrainAnalytics.Core.Text;
using Xunit;

namespace GrainAnalytics.Core.Tests.Text;

public sealed class JsonTextTests
{
    // Insides of JSON strings, valid by construction: escapes of every kind, surrogate halves in every order, plain text.
    private static readonly Arbitrary<string> Insides = Gen.OneOf(
            Gen.Elements("\\n", "\\t", "\\r", "\\b", "\\f", "\\/", "\\\\", "\\\"", "\\u0000", "\\ud83d", "\\uDE00", "\\uD83D\\ude00", "\\u00e9",
                "\\\\u0000", "\\uFFFF", "\\ud83d\\n", "\\udbff\\udfff", "\\u0001"),
            Gen.Elements("a", "é", "☃", "😀", " ", "u0000", "ud83d", "0"),
            Gen.Choose(1, 0xffff).Select(unit => $"\\u{unit:x4}"))
        .ArrayOf().Select(parts => string.Concat(parts)).ToArbitrary();

    [Fact]
    public void Unescaping_gives_what_System_Text_Json_gives() => Prop.ForAll(Insides, inside =>
    {
        var json = Encoding.UTF8.GetBytes(inside);
        var expected = Oracle(inside);
        var fault = JsonText.FindFault(json);
        if (expected is null) return fault is TextFault.LoneSurrogate or TextFault.Nul;
        if (expected.Contains('\0')) return fault == TextFault.Nul;
        var plain = new byte[json.Length];
        var written = JsonText.Unescape(json, plain);
        return fault == TextFault.None && Encoding.UTF8.GetString(plain, 0, written) == expected
            && JsonText.CountCharacters(plain.AsSpan(0, written)) == expected.EnumerateRunes().Count();
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Theory]
    [InlineData("", TextFault.None)]
    [InlineData(@"\\u0000", TextFault.None)]
    [InlineData(@"\\\u0000", TextFault.Nul)]
    [InlineData(@"a\u0000", TextFault.Nul)]
    [InlineData(@"\ud83d\ude00", TextFault.None)]
    [InlineData(@"\uD83D\uDE00", TextFault.None)]
    [InlineData(@"\ud83d", TextFault.LoneSurrogate)]
    [InlineData(@"\ude00", TextFault.LoneSurrogate)]
    [InlineData(@"\ude00\ud83d", TextFault.LoneSurrogate)]
    [InlineData(@"\ud83dx\ude00", TextFault.LoneSurrogate)]
    [InlineData(@"\ud83d\ud83d\ude00", TextFault.LoneSurrogate)]
    [InlineData(@"\ud83d\n", TextFault.LoneSurrogate)]
    [InlineData(@"\ud83d\\ude00", TextFault.LoneSurrogate)]
    public void Faults_are_found(string inside, TextFault fault) => Assert.Equal(fault, JsonText.FindFault(Encoding.UTF8.GetBytes(inside)));

    [Fact]
    public void Faults_are_found_in_names_and_values_at_any_depth()
    {
        Assert.Equal(TextFault.Nul, JsonText.FindFault("""{"a":[{"b\u0000":1}]}"""u8));
        Assert.Equal(TextFault.LoneSurrogate, JsonText.FindFault("""{"a":[{"b":["\ud800"]}]}"""u8));
        Assert.Equal(TextFault.None, JsonText.FindFault("""{"a":[{"b":["\\", "\"", 1e5, true]}]}"""u8));
    }

    private static string? Oracle(string inside)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes($"\"{inside}\""));
        reader.Read();
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return null;        // half a surrogate pair
        }
    }
}
