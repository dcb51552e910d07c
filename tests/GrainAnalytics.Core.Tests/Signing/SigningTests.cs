using System.Text;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Tests.Ingestion;
using Xunit;

namespace GrainAnalytics.Core.Tests.Signing;

public sealed class SigningTests
{
    // Made with openssl and node, as docs/api.md shows; the example there is this one.
    private const string Secret = "2b7e151628aed2a6abf7158809cf4f3c762e7160f38b4da56a784d9045190cfe", Timestamp = "1767225600",
        Body = """{"eventId":"order-1042","type":"purchase","userId":"ada","payload":{"amount":49.00}}""",
        Signature = "v1=2609b67b0f1e07f8cd456bfc9c35db9ada77451523b9e1eea5e390c4790d4358", Zeros = "v1=0000000000000000000000000000000000000000000000000000000000000000";

    private const long At = 1767225600L * 1_000_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    [Fact]
    public void Secret_of_a_key_is_what_it_always_was() =>
        Assert.Equal("c09a46a9a6f02a99411bce6abb7cb2cf4b90030d86f6bf6060d30a8e9dbc953b", KeySigning.SecretOf("the-key", [.. Enumerable.Range(0, 32).Select(i => (byte)i)]));

    [Fact]
    public void Another_key_or_salt_makes_another_secret()
    {
        var secrets = new[] { ("a", 0), ("a", 1), ("b", 0) }.Select(of => KeySigning.SecretOf(of.Item1, Enumerable.Repeat((byte)of.Item2, KeySigning.SaltSize).ToArray()));
        Assert.Equal(3, secrets.Distinct().Count());
    }

    [Fact]
    public void Secret_is_in_no_text_of_it() => Assert.DoesNotContain("2b7e", $"{new SiteSigning(new KeySigning(Secret, true))}");

    [Theory]
    [InlineData(Signature), InlineData(Zeros + "," + Signature), InlineData(Signature + ", " + Zeros)]
    [InlineData("v1=2609B67B0F1E07F8CD456BFC9C35DB9ADA77451523B9E1EEA5E390C4790D4358")]
    public void Right_signature_is_genuine(string signature) => Assert.True(IsGenuine(signature, Timestamp, Body));

    [Fact]
    public void Any_other_byte_or_time_or_secret_is_not()
    {
        var bytes = Encoding.UTF8.GetBytes(Body);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.False(IsGenuine(Signature, Timestamp, Encoding.UTF8.GetString(bytes)));
            bytes[i] ^= 1;
        }
        Assert.False(IsGenuine(Signature, Timestamp, Body + " "));
        Assert.False(IsGenuine(Signature, "1767225601", Body));
        Assert.False(IsGenuine(Signature, Timestamp, Body, Secret.ToUpperInvariant()));
        Assert.False(IsGenuine(Zeros, Timestamp, Body));
        // The full stop parts the two: digits cannot move from one to the other.
        Assert.False(IsGenuine(Signature, "176722560", "0." + Body, at: 176722560L * 1_000_000));
    }

    [Fact]
    public void Body_in_pieces_is_the_same_body()
    {
        using var check = SignatureCheck.TryBegin(new KeySigning(Secret, true), new RequestSignature(Timestamp, Signature), At, Window, out _)!;
        foreach (var b in Encoding.UTF8.GetBytes(Body)) check.Append([b]);
        Assert.True(check.IsGenuine());
    }

    [Theory]
    [InlineData("", Timestamp, "X-Signature is missing"), InlineData(Signature, "", "X-Signature-Timestamp is missing")]
    [InlineData("v2=2609", Timestamp, "must be v1="), InlineData("v1=", Timestamp, "must be v1="), InlineData("v1=zz09b67b0f1e07f8cd456bfc9c35db9ada77451523b9e1eea5e390c4790d4358", Timestamp, "must be v1=")]
    [InlineData("2609b67b0f1e07f8cd456bfc9c35db9ada77451523b9e1eea5e390c4790d4358", Timestamp, "must be v1="), InlineData(Signature + ",", Timestamp, "must be v1=")]
    [InlineData($"{Zeros},{Zeros},{Zeros},{Zeros},{Signature}", Timestamp, "up to 4")]
    [InlineData(Signature, "soon", "Unix seconds"), InlineData(Signature, "-1", "Unix seconds"), InlineData(Signature, "+1767225600", "Unix seconds"), InlineData(Signature, "01767225600", "Unix seconds"),
     InlineData(Signature, "1767225600.0", "Unix seconds"), InlineData(Signature, " 1767225600", "Unix seconds"), InlineData(Signature, "99999999999999999999", "Unix seconds"),
     InlineData(Signature, "99999999999", "more than 300 s")]
    [InlineData(Signature, "1767225299", "more than 300 s"), InlineData(Signature, "1767225901", "more than 300 s")]
    public void What_is_wrong_is_said(string signature, string timestamp, string fault)
    {
        Assert.Null(SignatureCheck.TryBegin(new KeySigning(Secret, true), new RequestSignature(timestamp, signature), At, Window, out var said));
        Assert.Contains(fault, said);
    }

    [Theory]
    [InlineData("1767225300"), InlineData("1767225900")]
    public void Window_is_open_to_both_sides(string timestamp) =>
        Assert.NotNull(SignatureCheck.TryBegin(new KeySigning(Secret, true), new RequestSignature(timestamp, Signature), At, Window, out _));

    [Fact]
    public async Task Key_that_demands_signatures_is_refused_without_and_others_are_not()
    {
        Assert.Equal(IngestOutcome.InvalidSignature, (await SendAsync("signed", null)).Outcome);
        Assert.Equal(IngestOutcome.Accepted, (await SendAsync("key", null)).Outcome);
        // Who signs with a key that has no secret believes that it is checked.
        var unchecked_ = await SendAsync("key", Sign("secret"));
        Assert.Equal(IngestOutcome.InvalidSignature, unchecked_.Outcome);
        Assert.Contains("no signing secret", unchecked_.Detail);
    }

    [Fact]
    public async Task Signed_request_is_accepted_and_a_forged_one_reaches_nothing()
    {
        Assert.Equal(IngestOutcome.Accepted, (await SendAsync("signed", Sign("secret"))).Outcome);
        var engine = new RecordingEngine();
        var forged = await Pipeline.RunAsync(new IngestBytes(Encoding.UTF8.GetBytes(Body)) { Signature = Sign("other") }, engine, "signed");
        Assert.Equal(IngestOutcome.InvalidSignature, forged.Outcome);
        Assert.Empty(engine.Appended);
        Assert.Empty(forged.Errors);
    }

    [Fact]
    public void Example_in_the_documentation_is_this_one()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "GrainAnalytics.sln"))) folder = folder.Parent;
        var page = File.ReadAllText(Path.Combine(folder.FullName, "docs", "api.md"));
        foreach (var part in new[] { Secret, Timestamp, Body, Signature }) Assert.Contains(part, page);
    }

    private static bool IsGenuine(string signature, string timestamp, string body, string secret = Secret, long at = At)
    {
        using var check = SignatureCheck.TryBegin(new KeySigning(secret, true), new RequestSignature(timestamp, signature), at, Window, out var fault);
        Assert.True(check is not null, fault);
        check.Append(Encoding.UTF8.GetBytes(body));
        return check.IsGenuine();
    }

    private static RequestSignature Sign(string secret)
    {
        var timestamp = (Pipeline.Arrival / 1_000_000).ToString();
        var hash = System.Security.Cryptography.HMACSHA256.HashData(Encoding.ASCII.GetBytes(secret), Encoding.UTF8.GetBytes($"{timestamp}.{Body}"));
        return new RequestSignature(timestamp, "v1=" + Convert.ToHexStringLower(hash));
    }

    private static Task<Ingested> SendAsync(string key, RequestSignature? signature) =>
        Pipeline.RunAsync(new IngestBytes(Encoding.UTF8.GetBytes(Body)) { Signature = signature }, key: key);

    private sealed record SiteSigning(KeySigning Signing);
}
