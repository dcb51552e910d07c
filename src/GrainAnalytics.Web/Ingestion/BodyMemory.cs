using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Web.Ingestion;

/// <summary>Counts the memory that bodies of requests under way hold, so that many large or slow ones cannot take all there is.</summary>
internal sealed class BodyMemory(IngestOptions options)
{
    private long _held;

    /// <summary>Bytes held.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>Counts bytes in.</summary>
    /// <returns>False when there is no room for them; then they are not counted.</returns>
    public bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= options.MaxBodyMemory) return true;
        Return(bytes);
        return false;
    }

    /// <summary>Counts bytes out.</summary>
    public void Return(int bytes) => Interlocked.Add(ref _held, -bytes);
}
