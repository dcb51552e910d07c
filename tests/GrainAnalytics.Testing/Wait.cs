using Xunit.Sdk;

namespace GrainAnalytics.Testing;

/// <summary>Bounded waits: for a condition or a task, with a message that names what was missing.</summary>
public static class Wait
{
    /// <summary>Longest wait, long enough for a loaded machine.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>Waits until a condition holds.</summary>
    public static Task UntilAsync(Func<bool> condition, string missing, TimeSpan? atMost = null) => UntilAsync(() => Task.FromResult(condition()), missing, atMost);

    /// <summary>Waits until a condition holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string missing, TimeSpan? atMost = null)
    {
        var longest = atMost ?? Longest;
        var end = DateTime.UtcNow + longest;
        while (!await condition())
        {
            if (DateTime.UtcNow > end) throw new XunitException($"After {longest.TotalSeconds} s still missing: {missing}.");
            await Task.Delay(5);
        }
    }

    /// <summary>Waits for a task.</summary>
    public static async Task<T> ForAsync<T>(Task<T> task, string missing)
    {
        if (await Task.WhenAny(task, Task.Delay(Longest)) != task)
            throw new XunitException($"After {Longest.TotalSeconds} s still missing: {missing}.");
        return await task;
    }

    /// <summary>Waits for a task.</summary>
    public static async Task ForAsync(Task task, string missing)
    {
        if (await Task.WhenAny(task, Task.Delay(Longest)) != task)
            throw new XunitException($"After {Longest.TotalSeconds} s still missing: {missing}.");
        await task;
    }
}
