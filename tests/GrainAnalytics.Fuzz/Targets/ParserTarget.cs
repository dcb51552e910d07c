using System.Text;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Fuzz.Generation;
using GrainAnalytics.Fuzz.Model;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>The whole pipeline from a body to encoded events, against <see cref="RequestModel"/>: the same refusals, of
/// requests and of rows, with the same fields named, and the same events with the same bytes.</summary>
/// <remarks>The first byte of an input chooses the format and the limits, the rest is the body.</remarks>
internal sealed class ParserTarget : IFuzzTarget
{
    private const int LinesBit = 1;

    private static readonly IngestOptions[] Limits =
    [
        new(),
        new() { MaxEvents = 3, MaxEventBytes = 256, MaxNesting = 3, MaxIdCharacters = 16, MaxBodyBytes = 1024 },
        new() { MaxEvents = 5, MaxNesting = 2, MaxIdCharacters = 20, MaxAhead = TimeSpan.Zero },
        new() { MaxNesting = 512, MaxEventBytes = 1024 * 1024, MaxIdCharacters = 500 },
    ];

    /// <summary>Values of the first byte that differ.</summary>
    public static int Choices => 2 * Limits.Length;

    // A request by its outcome and its first row's that was refused.
    private static readonly string[,] Kinds = NameKinds();

    private readonly PipelineRun _pipeline = new();
    private readonly RequestModel[] _models = [.. Limits.Select(limits => new RequestModel(limits, PipelineRun.ReceivedAt))];
    private readonly byte[][] _corpus = [.. Corpus.Read(".json").Concat(Corpus.Read(".ndjson")).Select(file => file.Bytes)];
    private readonly Mutator _mutator;

    public ParserTarget() => _mutator = new Mutator(_corpus);

    public void Make(Dice dice, List<byte> input)
    {
        var choice = dice.Below(Choices);
        input.Add((byte)choice);
        var (isLines, limits) = ((choice & LinesBit) != 0, Limits[choice >> 1]);
        if (dice.OneIn(32)) input.AddRange("\uFEFF"u8);
        if (_corpus.Length > 0 && dice.OneIn(8)) input.AddRange(_corpus[dice.Below(_corpus.Length)]);
        else MakeBody(dice, new JsonMaker(dice, input, limits.MaxIdCharacters, limits.MaxNesting), input, isLines, limits.MaxEvents);
        if (dice.OneIn(2)) _mutator.Change(dice, input, from: 1);
    }

    public string Check(byte[] input)
    {
        if (input.Length == 0) return "nothing";
        var choice = input[0] % Choices;
        var (isLines, limits) = ((choice & LinesBit) != 0, Limits[choice >> 1]);
        var body = input[1..];
        using var context = PipelineRun.Begin(limits, body, isLines);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var outcome = _pipeline.Run(context);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var expected = _models[choice >> 1].Judge(body, isLines);
        FuzzFailure.Unless(outcome == expected.Outcome || outcome == expected.OrOutcome, $"request: expected {expected.Outcome}, found {outcome}");
        // Rows and their errors have a price of their own, as many as there may be; beyond it some copies of the body.
        var allowance = 64 * 1024 + 2048L * Math.Min(limits.MaxEvents, body.Length) + 16L * body.Length;
        FuzzFailure.Unless(allocated <= allowance, $"{allocated} bytes were allocated for a body of {body.Length}");
        if (outcome == IngestOutcome.MalformedBody) FuzzFailure.UnlessEqual(0, context.Count, "rows of a malformed body");
        if (expected.Rows.Count > 0) CheckRows(expected, context, outcome);
        return Kinds[(int)outcome, context.Errors.Count == 0 ? 0 : (int)context.Errors[0].Outcome];
    }

    private static void MakeBody(Dice dice, JsonMaker maker, List<byte> input, bool isLines, int maxEvents)
    {
        maker.Space();
        var count = dice.OneIn(64) ? Math.Min(maxEvents, 12) + dice.Below(2) : dice.Skewed(4);
        if (isLines)
            for (; count >= 0; count--)
            {
                maker.Row();
                maker.Space();
                input.AddRange(dice.OneIn(8) ? "\r\n\n"u8 : "\n"u8);
            }
        else if (dice.OneIn(3)) maker.Row();
        else maker.Rows(count);
        maker.Space();
    }

    private void CheckRows(ExpectedRequest expected, IngestContext context, IngestOutcome outcome)
    {
        FuzzFailure.UnlessEqual(expected.Rows.Count, context.Count, "rows");
        CheckErrors(expected.Rows, context.Errors);
        if (outcome != IngestOutcome.Accepted) return;
        FuzzFailure.UnlessEqual(expected.Rows.Count, context.Verdicts.Length, "verdicts");
        var seen = new HashSet<EventKey>();
        var taken = 0;
        for (var i = 0; i < expected.Rows.Count; i++)
        {
            var row = expected.Rows[i];
            if (row.Outcome != IngestOutcome.Accepted)
            {
                FuzzFailure.UnlessEqual(row.Outcome, context.Verdicts[i], $"verdict {i}");
                FuzzFailure.Unless(context.Events[i].IsEmpty, $"row {i} was refused and encoded");
                continue;
            }
            var isFirst = seen.Add(CheckEvent(row, context.Events[i], i));
            FuzzFailure.UnlessEqual(isFirst ? IngestOutcome.Stored : IngestOutcome.Duplicate, context.Verdicts[i], $"verdict {i}");
            if (isFirst) FuzzFailure.Unless(_pipeline.Taken[taken++] == context.Events[i], $"event {i} was not handed to the engine");
        }
        FuzzFailure.UnlessEqual(taken, _pipeline.Taken.Length, "events handed to the engine");
    }

    private static void CheckErrors(IReadOnlyList<ExpectedRow> rows, IReadOnlyList<IngestError> errors)
    {
        var next = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i].Outcome == IngestOutcome.Accepted) continue;
            FuzzFailure.Unless(next < errors.Count, $"row {i}: expected {rows[i].Outcome}, found no error");
            FuzzFailure.UnlessEqual((i, rows[i].Outcome), (errors[next].Index, errors[next].Outcome), "error");
            FuzzFailure.Unless(errors[next].Detail.Contains(rows[i].Field ?? "", StringComparison.Ordinal), $"{errors[next].Detail} does not name {rows[i].Field}");
            next++;
        }
        FuzzFailure.UnlessEqual(next, errors.Count, "errors");
    }

    private static EventKey CheckEvent(ExpectedRow row, EncodedEvent found, int index)
    {
        FuzzFailure.Unless(!found.IsEmpty, $"row {index} was accepted and not encoded");
        if (row.EventId is null)
            FuzzFailure.Unless(found.IdIsKeyText && UuidText.TimeOf(found.Key) == PipelineRun.ReceivedAt / 1000 * 1000, $"row {index}: the id {found.IdText} is no version 7 of now");
        else
        {
            FuzzFailure.UnlessEqual(row.EventId, found.IdText, $"id of row {index}");
            FuzzFailure.UnlessEqual(KeyModel.Of(row.EventId), found.Key, $"key of row {index}");
        }
        FuzzFailure.UnlessEqual(row.Type, Text(found.Type), $"type of row {index}");
        FuzzFailure.UnlessEqual(row.UserId, found.UserIdText, $"user of row {index}");
        FuzzFailure.UnlessEqual(row.SessionId, found.HasSession ? Text(found.SessionId) : null, $"session of row {index}");
        FuzzFailure.UnlessEqual(row.AnonymousId, found.HasAnonymousId ? Text(found.AnonymousId) : null, $"anonymous id of row {index}");
        FuzzFailure.UnlessEqual((row.OccurredAt, PipelineRun.ReceivedAt), (found.OccurredAt, found.ReceivedAt), $"times of row {index}");
        FuzzFailure.Unless(found.Payload.Span.SequenceEqual(row.Payload), $"payload of row {index}");
        return found.Key;
    }

    private static string[,] NameKinds()
    {
        var all = Enum.GetValues<IngestOutcome>();
        var kinds = new string[all.Length, all.Length];
        foreach (var request in all)
            foreach (var row in all) kinds[(int)request, (int)row] = row == IngestOutcome.Accepted ? request.Code() : $"{request.Code()}/{row.Code()}";
        return kinds;
    }

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
