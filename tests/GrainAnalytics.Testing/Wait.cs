using System.Diagnostics;
using Xunit.Sdk;

namespace GrainAnalytics.Testing;

/// <summary>Bounded waits: for a condition or a task, with a message that names what was missing.</summary>
public static class Wait
{
    /// <summary>Longest wait, long enough for a loaded machine.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    // A machine that stands still takes no more than this of anybody's patience.
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);

    /// <summary>Waits until a condition holds.</summary>
    public static Task UntilAsync(Func<bool> condition, string missing, TimeSpan? atMost = null) => UntilAsync(() => Task.FromResult(condition()), missing, atMost);

    /// <summary>Waits until a condition holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string missing, TimeSpan? atMost = null)
    {
        var longest = atMost ?? Longest;
        var (left, since) = (longest, Stopwatch.GetTimestamp());
        while (!await condition())
        {
            if (left <= TimeSpan.Zero) throw new XunitException($"After {longest.TotalSeconds} s still missing: {missing}.");
            await Task.Delay(5);
            var (step, now) = (Stopwatch.GetElapsedTime(since), Stopwatch.GetTimestamp());
            left -= step < LongestStep ? step : LongestStep;
            since = now;
        }
    }

    /// <summary>Waits for a task.</summary>
    public static async Task<T> ForAsync<T>(Task<T> task, string missing)
    {
        await ForAsync((Task)task, missing);
        return await task;
    }

    /// <summary>Waits for a task.</summary>
    public static async Task ForAsync(Task task, string missing)
    {
        for (var left = Longest; !task.IsCompleted; left -= LongestStep)
        {
            if (left <= TimeSpan.Zero) throw new XunitException($"After {Longest.TotalSeconds} s still missing: {missing}.");
            await Task.WhenAny(task, Task.Delay(LongestStep));
        }
        await task;
    }
}
