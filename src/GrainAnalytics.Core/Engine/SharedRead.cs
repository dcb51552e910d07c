namespace GrainAnalytics.Core.Engine;

/// <summary>A read that many may ask for at once: those who ask while one runs share the next one, so that each answer was
/// read after it was asked for, and at most one read runs.</summary>
/// <param name="read">Reads; a failure is everybody's who shares it.</param>
public sealed class SharedRead<T>(Func<Task<T>> read)
{
    private readonly Lock _gate = new();
    private Task<T>? _running, _next;

    /// <summary>What a read that begins now or later finds.</summary>
    public Task<T> ReadAsync()
    {
        lock (_gate)
        {
            if (_running is null or { IsCompleted: true } && _next is null) return _running = read();
            return _next ??= ReadAfterAsync(_running!);
        }
    }

    private async Task<T> ReadAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<T> mine;
        lock (_gate)
        {
            _next = null;
            mine = _running = read();
        }
        return await mine.ConfigureAwait(false);
    }
}
