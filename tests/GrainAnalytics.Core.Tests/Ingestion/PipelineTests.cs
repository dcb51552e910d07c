using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using Xunit;

namespace GrainAnalytics.Core.Tests.Ingestion;

public sealed class PipelineTests
{
    [Fact]
    public async Task Every_field_arrives_and_payload_bytes_are_kept()
    {
        const string payload = """{ "price": 1.00, "price" : 1.0,"big":12345678901234567890.0001,  "t":"\u0041\/é😀", "e":{ } }""";
        var sent = await Pipeline.OneAsync($$"""{"type":"buy","userId":"u","anonymousId":"a","sessionId":"s","eventId":"e 1","occurredAt":"2026-03-15T10:00:00.123456+01:00","payload":{{payload}},"other":[1]}""");
        Assert.Equal(("buy", "u", "a", "s", "e 1", payload), (Text(sent.Type), sent.UserIdText, Text(sent.AnonymousId), Text(sent.SessionId), sent.IdText, Text(sent.Payload)));
        Assert.Equal(("2026-03-15T09:00:00.123456Z", Pipeline.Arrival), (Instant.ToText(sent.OccurredAt), sent.ReceivedAt));
    }

    [Theory]
    [InlineData("""{"event_type":"t","user_id":"u","anonymous_id":"a","session_id":"s","event_id":"e","occurred_at":"2026-03-15T10:00:00Z","sent_at":"2026-03-15T12:00:00Z","properties":{"a":1}}""")]
    [InlineData("""{"eventType":"t","userId":"u","anonymousId":"a","sessionId":"s","eventId":"e","occurredAt":"2026-03-15T10:00:00Z","sentAt":"2026-03-15T12:00:00Z","payload":{"a":1}}""")]
    [InlineData("""{"ty\u0070e":"t","\u0075serId":"u","anonymous\u0049d":"a","\u0073\u0065\u0073\u0073\u0069\u006f\u006e\u005f\u0069\u0064":"s","event\u005fid":"e","occurredAt":"2026-03-15T10:00:00\u005a","payload":{"a":1}}""")]
    public async Task Snake_case_and_escaped_names_are_the_same_fields(string body)
    {
        var sent = await Pipeline.OneAsync(body);
        Assert.Equal(("t", "u", "a", "s", "e", "2026-03-15T10:00:00.000Z", """{"a":1}"""), (Text(sent.Type), sent.UserIdText, Text(sent.AnonymousId),
            Text(sent.SessionId), sent.IdText, Instant.ToText(sent.OccurredAt), Text(sent.Payload)));
    }

    [Theory]
    [InlineData("""{"type":"a","type":"t","userId":"x","userId":"u"}""", "u")]
    [InlineData("""{"type":"t","userId":"x","user_id":"u"}""", "u")]
    [InlineData("""{"type":"t","userId":"x","userId":null,"anonymousId":"a"}""", "a")]
    [InlineData("""{"type":"t","userId":1,"userId":"u","\ud800":1,"userid":"no","nested":{"userId":"no"}}""", "u")]
    public async Task Of_a_property_given_twice_the_last_counts(string body, string user)
    {
        var sent = await Pipeline.OneAsync(body);
        Assert.Equal(("t", user), (Text(sent.Type), sent.UserIdText));
    }

    [Fact]
    public async Task Escapes_in_texts_are_decoded()
    {
        var sent = await Pipeline.OneAsync("""{"type":"a\nb\"\\\/","userId":"\u00e9\ud83d\ude00","sessionId":"\t\b\f\r","eventId":"\u0065\u0031","anonymousId":"\u0061"}""");
        Assert.Equal(("a\nb\"\\/", "é😀", "\t\b\f\r", "e1", "a"), (Text(sent.Type), sent.UserIdText, Text(sent.SessionId), sent.IdText, Text(sent.AnonymousId)));
    }

    [Fact]
    public async Task Without_a_payload_it_is_empty_and_without_a_user_the_anonymous_id_is_the_user()
    {
        var sent = await Pipeline.OneAsync("""{"type":"t","anonymousId":"a","payload":null,"sessionId":null,"eventId":null}""");
        Assert.Equal(("{}", "a", false, false), (Text(sent.Payload), sent.UserIdText, sent.HasAnonymousId, sent.HasSession));
    }

    [Fact]
    public async Task Missing_ids_are_minted_as_version_7_of_the_arrival()
    {
        var result = await Pipeline.RunAsync($"[{string.Join(',', Enumerable.Repeat("""{"type":"t","userId":"u"}""", 1000))}]");
        Assert.Equal(1000, result.Events.Select(e => e.IdText).Distinct().Count());
        Assert.All(result.Events, e => Assert.Equal((Pipeline.Arrival, Pipeline.Arrival, true), (UuidText.TimeOf(e.Key), e.OccurredAt, e.IdIsKeyText)));
    }

    [Theory]
    [InlineData("7f4b0e2a-1111-4222-8333-444455556666")]
    [InlineData("7F4B0E2A-1111-4222-8333-444455556666")]
    [InlineData(" x ")]
    [InlineData("☃")]
    public async Task An_id_is_kept_as_it_came(string id) =>
        Assert.Equal(id, (await Pipeline.OneAsync($$"""{"type":"t","userId":"u","eventId":"{{id}}"}""")).IdText);

    [Theory]
    // The sender's clock is two hours ahead: its ten o'clock is our eight.
    [InlineData("2026-03-15T10:00:00Z", "2026-03-15T14:00:00Z", "2026-03-15T08:00:00.000Z")]
    [InlineData("1950-01-01T00:00:00Z", "1950-01-01T00:00:01Z", "2026-03-15T11:59:59.000Z")]
    [InlineData("2099-01-01T00:00:00Z", "2099-01-01T01:00:00Z", "2026-03-15T11:00:00.000Z")]
    [InlineData("2026-03-15T12:00:00.5Z", "2026-03-15T12:00:00Z", "2026-03-15T12:00:00.500Z")]
    public async Task SentAt_shifts_the_senders_clock_before_the_range_is_checked(string occurred, string sent, string expected) =>
        Assert.Equal(expected, Instant.ToText((await Pipeline.OneAsync($$"""{"type":"t","userId":"u","occurredAt":"{{occurred}}","sentAt":"{{sent}}"}""")).OccurredAt));

    [Theory]
    [InlineData("2026-03-10T00:00:00Z", "2026-03-10T00:00:00.000Z")]
    [InlineData("1971-03-10T00:00:00Z", "1971-03-10T00:00:00.000Z")]
    [InlineData("2099-03-10T00:00:00Z", "2026-03-15T12:00:00.000Z")]   // only looks like version 7: arrival counts
    public async Task A_version_7_id_implies_the_time(string inId, string expected)
    {
        var key = UuidText.NewVersion7(Testing.TestEvents.At(inId)).ToGuid();
        Assert.Equal(expected, Instant.ToText((await Pipeline.OneAsync($$"""{"type":"t","userId":"u","eventId":"{{key}}"}""")).OccurredAt));
        var escaped = string.Concat(key.ToString().Select(c => $"\\u{(int)c:x4}"));
        Assert.Equal(expected, Instant.ToText((await Pipeline.OneAsync($$"""{"type":"t","userId":"u","eventId":"{{escaped}}"}""")).OccurredAt));
        var named = await Pipeline.OneAsync($$"""{"type":"t","userId":"u","eventId":"{{key}}","occurredAt":"2026-01-01"}""");
        Assert.Equal("2026-01-01T00:00:00.000Z", Instant.ToText(named.OccurredAt));
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", true)]
    [InlineData("1969-12-31T23:59:59.999999Z", false)]
    [InlineData("2026-03-16T12:00:00Z", true)]
    [InlineData("2026-03-16T12:00:00.000001Z", false)]
    public async Task Times_are_accepted_from_1970_to_a_day_ahead(string at, bool isAccepted) =>
        Assert.Equal(isAccepted ? IngestOutcome.Accepted : IngestOutcome.NothingValid,
            (await Pipeline.RunAsync($$"""{"type":"t","userId":"u","occurredAt":"{{at}}"}""")).Outcome);

    [Theory]
    [InlineData(32 * 1024, true)]
    [InlineData(32 * 1024 + 1, false)]
    public async Task An_event_may_have_32_KiB(int bytes, bool isAccepted)
    {
        const string frame = """{"type":"t","userId":"u","payload":{"a":""}}""";
        var body = frame.Insert(frame.Length - 3, new string('x', bytes - frame.Length));
        foreach (var (text, isLines) in new[] { (body, false), ($" [ {body} ] ", false), ($"  {body}  \n", true) })
        {
            var result = await Pipeline.RunAsync(text, isLines);
            Assert.Equal(isAccepted ? IngestOutcome.Accepted : IngestOutcome.NothingValid, result.Outcome);
            if (!isAccepted) Assert.Equal(IngestOutcome.EventTooLarge, result.Errors[0].Outcome);
        }
    }

    [Theory]
    [InlineData(1000, IngestOutcome.Accepted)]
    [InlineData(1001, IngestOutcome.TooManyEvents)]
    public async Task A_request_may_have_1000_events(int events, IngestOutcome expected)
    {
        var rows = Enumerable.Range(0, events).Select(i => $$"""{"type":"t","userId":"u","eventId":"{{i}}"}""").ToArray();
        Assert.Equal(expected, (await Pipeline.RunAsync($"[{string.Join(',', rows)}]")).Outcome);
        Assert.Equal(expected, (await Pipeline.RunAsync(string.Join('\n', rows) + "\n\n", isLines: true)).Outcome);
    }

    [Theory]
    [InlineData("x", 200, true)]
    [InlineData("x", 201, false)]
    [InlineData("😀", 200, true)]
    [InlineData("😀", 201, false)]
    [InlineData(@"\ud83d\ude00", 200, true)]
    [InlineData(@"\ud83d\ude00", 201, false)]
    [InlineData(@"\u0041", 200, true)]
    [InlineData(@"\u0041", 201, false)]
    [InlineData(@"\n", 200, true)]
    [InlineData("é", 200, true)]
    public async Task Ids_and_types_may_have_200_characters(string character, int count, bool isAccepted)
    {
        var text = new StringBuilder().Insert(0, character, count).ToString();
        foreach (var field in new[] { "type", "userId", "anonymousId", "sessionId", "eventId" })
        {
            var result = await Pipeline.RunAsync($$"""{"type":"t","userId":"u","{{field}}":"{{text}}"}""");
            Assert.Equal(isAccepted ? IngestOutcome.Accepted : IngestOutcome.NothingValid, result.Outcome);
            if (!isAccepted) Assert.Contains("200", result.Errors[0].Detail);
        }
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    [InlineData(5000, false)]
    public async Task An_event_may_be_nested_32_levels_itself_included(int levels, bool isAccepted)
    {
        foreach (var (open, close, inner) in new[] { ("{\"a\":", "}", "{}"), ("[", "]", "[]") })
        {
            // The event is level 1, its payload level 2.
            var deep = new StringBuilder().Insert(0, open, levels - 3).Append(inner).Insert(0, "{\"p\":").Append(close[0], levels - 3).Append('}');
            var body = $$"""{"type":"t","userId":"u","payload":{{deep}}}""";
            foreach (var (text, isLines) in new[] { (body, false), ($"[{body}]", false), (body, true) })
            {
                var result = await Pipeline.RunAsync(text, isLines, options: new IngestOptions { MaxEventBytes = 1 << 20 });
                Assert.Equal(isAccepted ? IngestOutcome.Accepted : IngestOutcome.NothingValid, result.Outcome);
                if (!isAccepted) Assert.Equal(IngestOutcome.NestingTooDeep, result.Errors[0].Outcome);
            }
        }
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_event()
    {
        Assert.Equal(IngestOutcome.Accepted, (await Pipeline.RunAsync("\uFEFF{\"type\":\"t\",\"userId\":\"u\"}")).Outcome);
        Assert.Equal(IngestOutcome.Accepted, (await Pipeline.RunAsync("\uFEFF{\"type\":\"t\",\"userId\":\"u\"}\n", isLines: true)).Outcome);
        Assert.Equal(IngestOutcome.NoEvents, (await Pipeline.RunAsync("\uFEFF")).Outcome);
        Assert.Equal(IngestOutcome.NoEvents, (await Pipeline.RunAsync("\uFEFF \n\n", isLines: true)).Outcome);
    }

    [Fact]
    public async Task Invalid_UTF_8_refuses_a_body_and_only_its_line_of_lines()
    {
        byte[] bad = [.. """{"type":"t","userId":"u"""u8, 0xff, .. "\"}"u8], good = [.. """{"type":"t","userId":"u"}"""u8];
        Assert.Equal(IngestOutcome.MalformedBody, (await Pipeline.RunAsync(new IngestBytes(bad))).Outcome);
        var lines = await Pipeline.RunAsync(new IngestBytes((byte[])[.. good, 10, .. bad, 10, .. good], IsLines: true));
        Assert.Equal([IngestOutcome.Stored, IngestOutcome.MalformedLine, IngestOutcome.Stored], lines.Verdicts);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\t ")]
    [InlineData(" [ ] ")]
    public async Task An_empty_body_has_no_events(string body) => Assert.Equal(IngestOutcome.NoEvents, (await Pipeline.RunAsync(body)).Outcome);

    [Theory]
    [InlineData("[{\"type\":\"t\",\"userId\":\"u\"}")]
    [InlineData("[{\"type\":\"t\",\"userId\":\"u\"},]")]
    [InlineData("{\"type\":\"t\",\"userId\":\"u\"}{}")]
    [InlineData("{\"type\":\"t\",\"userId\":\"u\"}]")]
    [InlineData("\"text\"")]
    [InlineData("12")]
    [InlineData("null")]
    [InlineData("// c\n{}")]
    [InlineData("{'type':'t'}")]
    [InlineData("{\"type\":\"a\u0000b\"}")]
    public async Task A_malformed_body_is_refused_whole_and_says_why(string body)
    {
        var result = await Pipeline.RunAsync(body);
        Assert.Equal(IngestOutcome.MalformedBody, result.Outcome);
        Assert.NotNull(result.Detail);
        Assert.Empty(result.Events);
    }

    [Fact]
    public async Task Of_one_id_several_times_in_a_request_the_first_counts()
    {
        var result = await Pipeline.RunAsync("""[{"type":"a","userId":"u","eventId":"e"},{"type":"b","userId":"v","eventId":"e"},{"userId":"w","eventId":"e"},{"type":"d","userId":"u","eventId":"f"}]""");
        Assert.Equal([IngestOutcome.Stored, IngestOutcome.Duplicate, IngestOutcome.MissingType, IngestOutcome.Stored], result.Verdicts);
        Assert.Equal(["a", "d"], result.Events.Select(e => Text(e.Type)));
    }

    [Fact]
    public async Task What_repeats_a_refused_event_in_a_request_is_refused_with_it()
    {
        var engine = new RecordingEngine { Answer = e => e.IdText == "bad" ? IngestOutcome.PoisonRow : IngestOutcome.Stored };
        var result = await Pipeline.RunAsync("""
            [{"type":"a","userId":"u","eventId":"bad"},{"type":"t","userId":"u","eventId":"good"},{"type":"a","userId":"u","eventId":"bad"},
             {"type":"t","userId":"u","eventId":"good"},{"type":"b","userId":"v","eventId":"bad"}]
            """, engine: engine);
        Assert.Equal([IngestOutcome.PoisonRow, IngestOutcome.Stored, IngestOutcome.PoisonRow, IngestOutcome.Duplicate, IngestOutcome.PoisonRow], result.Verdicts);
        Assert.Equal([0, 2, 4], result.Errors.Select(error => error.Index));
        Assert.All(result.Errors, error => Assert.Equal(IngestOutcome.PoisonRow, error.Outcome));
        Assert.Equal(["bad", "good"], result.Events.Select(e => e.IdText));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"type\":\"t\",\"userId\":\"u\"}\n")]
    public async Task Errors_stand_in_the_order_of_the_rows_whatever_found_them(string last)
    {
        var result = await Pipeline.RunAsync("{\"userId\":\"u\"}\nno json\n{\"type\":\"t\"}\n" + last, isLines: true);
        Assert.Equal([(0, IngestOutcome.MissingType), (1, IngestOutcome.MalformedLine), (2, IngestOutcome.MissingUser)], result.Errors.Select(e => (e.Index, e.Outcome)));
    }

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
