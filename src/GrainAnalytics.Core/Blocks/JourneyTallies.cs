using System.Numerics;
using System.Runtime.InteropServices;
using GrainAnalytics.Core.Queries;

namespace GrainAnalytics.Core.Blocks;

/// <summary>Counts how far users get in a funnel.</summary>
/// <param name="names">Numbers of types, paths and contexts.</param>
/// <param name="test">Which events; null: all.</param>
/// <param name="steps">Type and test of each step.</param>
/// <param name="within">Longest time from the first to the last, microseconds; null: any.</param>
public sealed class FunnelTally(ScanNames names, EventTest? test, IReadOnlyList<(int Type, EventTest? Test)> steps, long? within) : MatchTally(names, test)
{
    private readonly long[] _reached = new long[steps.Count];

    // Of each type the steps that it may be.
    private readonly int[] _steps = [.. Enumerable.Range(0, names.Types).Select(type => steps.Select((step, i) => step.Type == type ? 1 << i : 0).Sum())];
    private FunnelWalk? _walk;

    /// <inheritdoc/>
    public override BlockColumns Columns { get; } = steps.Aggregate((test?.Columns ?? 0) | BlockColumns.Times, (columns, step) => columns | (step.Test?.Columns ?? 0));

    /// <summary>Users who reached each step.</summary>
    public IReadOnlyList<long> Result => _reached;

    /// <inheritdoc/>
    public override void Begin() => _walk = null;

    /// <inheritdoc/>
    public override void Add(EventBlock block, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            if (block.Type[i] >= _steps.Length || _steps[block.Type[i]] is not (var candidates and not 0) || _walk is null && (candidates & 1) == 0 || !Counts(block, i)) continue;
            var matches = 0;
            for (; candidates != 0; candidates &= candidates - 1)
            {
                var step = BitOperations.TrailingZeroCount(candidates);
                if (steps[step].Test is not { } test || test.Holds(block, i)) matches |= 1 << step;
            }
            // Nobody gets anywhere before the first step.
            if (_walk is null && (matches & 1) != 0) _walk = new FunnelWalk(steps.Count, within);
            if (matches != 0) _walk?.Add(block.At[i], matches);
        }
    }

    /// <inheritdoc/>
    public override void End()
    {
        for (var i = 0; i < _walk?.Reached; i++) _reached[i]++;
    }
}

/// <summary>Counts what users do next in the same session.</summary>
/// <param name="names">Numbers of types, paths and contexts.</param>
/// <param name="test">Which events; null: all.</param>
/// <param name="from">After events of this type.</param>
public sealed class PathsTally(ScanNames names, EventTest? test, string from) : MatchTally(names, test)
{
    private const int Nothing = -1;

    private readonly ScanNames _names = names;
    private readonly int _from = names.TypeOf(from);

    // Of each of the person's sessions, whether the last event is of the type.
    private readonly Dictionary<long, bool> _open = [];
    private readonly Dictionary<int, (long Events, long Users, int Seen)> _next = [];

    /// <inheritdoc/>
    public override BlockColumns Columns => base.Columns | BlockColumns.Sessions;

    /// <summary>The most frequent ones, most first, equal ones by type.</summary>
    public IReadOnlyList<NextStep> Result(int limit) => [.. _next.Select(next => new NextStep(next.Key == Nothing ? null : _names.Type(next.Key), next.Value.Events, next.Value.Users))
        .OrderByDescending(next => next.Count).ThenBy(next => next.Type is null).ThenBy(next => next.Type, Utf8Order.Instance).Take(limit)];

    /// <inheritdoc/>
    public override void Begin()
    {
        base.Begin();
        _open.Clear();
    }

    /// <inheritdoc/>
    public override void Add(EventBlock block, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            if (!Counts(block, i)) continue;
            ref var isOpen = ref CollectionsMarshal.GetValueRefOrAddDefault(_open, block.Session[i], out _);
            if (isOpen) Count(block.Type[i]);
            isOpen = block.Type[i] == _from;
        }
    }

    /// <inheritdoc/>
    public override void End()
    {
        foreach (var isOpen in _open.Values) if (isOpen) Count(Nothing);
    }

    private void Count(int type)
    {
        ref var next = ref CollectionsMarshal.GetValueRefOrAddDefault(_next, type, out _);
        next = (next.Events + 1, next.Users + (next.Seen == Person ? 0 : 1), Person);
    }
}
