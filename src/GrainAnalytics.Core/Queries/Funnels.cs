using GrainAnalytics.Core.Filters;

namespace GrainAnalytics.Core.Queries;

/// <summary>A step of a funnel.</summary>
/// <param name="Type">Events of this type.</param>
/// <param name="Filter">That match this, or null.</param>
public sealed record FunnelStep(string Type, Filter? Filter = null);

/// <summary>Users who got as far as a step.</summary>
/// <param name="Type">The step's type.</param>
/// <param name="Users">How many.</param>
public readonly record struct FunnelCount(string Type, long Users);

/// <summary>What users did next in the same session.</summary>
/// <param name="Type">Events of this type; null: nothing.</param>
/// <param name="Count">How often.</param>
/// <param name="Users">Different users.</param>
public readonly record struct NextStep(string? Type, long Count, long Users);

/// <summary>How far one user gets in a funnel: the best attempt counts.</summary>
/// <param name="steps">Number of steps, 1 to 30.</param>
/// <param name="within">Longest time from the first step's event to the last one's, microseconds; null: any.</param>
public sealed class FunnelWalk(int steps, long? within)
{
    // For each step the latest start of an attempt that has come so far: a later start leaves more time for the rest.
    private readonly long?[] _starts = new long?[steps];

    /// <summary>Steps reached.</summary>
    public int Reached { get; private set; }

    /// <summary>Takes the user's next event.</summary>
    /// <param name="at">When it happened, Unix microseconds, not before the ones taken.</param>
    /// <param name="matches">Bit n: it matches the nth step, from 0. It serves each attempt for one step.</param>
    public void Add(long at, int matches)
    {
        for (var step = steps - 1; step >= 0; step--)
        {
            if ((matches >> step & 1) == 0) continue;
            var start = step == 0 ? at : _starts[step - 1];
            if (start is not { } began || within is { } most && at - began > most) continue;
            if (_starts[step] is { } known && known >= began) continue;
            _starts[step] = began;
            Reached = Math.Max(Reached, step + 1);
        }
    }
}
