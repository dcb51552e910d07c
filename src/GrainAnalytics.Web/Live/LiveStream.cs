using System.IO.Pipelines;
using GrainAnalytics.Core.Live;

namespace GrainAnalytics.Web.Live;

/// <summary>How a viewer's stream ended.</summary>
internal enum LiveEnd
{
    /// <summary>The viewer left, or the server stops.</summary>
    Closed,
    /// <summary>The viewer did not read in time.</summary>
    TooSlow,
}

/// <summary>Sends one viewer what its watch gives, and waits for it to be read before it takes the next.</summary>
internal static class LiveStream
{
    /// <summary>Sends until the viewer leaves, is too slow, or the token ends it.</summary>
    /// <param name="watch">What to send.</param>
    /// <param name="frame">Its first piece.</param>
    /// <param name="pipe">To the viewer.</param>
    /// <param name="timeout">Longest time for one piece to be read, up to what connection and client buffer.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Ends the stream.</param>
    public static async Task<LiveEnd> RunAsync(LiveWatch watch, byte[] frame, PipeWriter pipe, TimeSpan timeout, TimeProvider time, CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                var write = pipe.WriteAsync(frame, cancel);
                // Nearly always it is done by now, and a timer for every viewer and update would be most of the work.
                var result = write.IsCompleted ? await write : await write.AsTask().WaitAsync(timeout, time, cancel);
                if (result.IsCompleted) return LiveEnd.Closed;
                frame = await watch.NextAsync(cancel);
            }
        }
        catch (TimeoutException)
        {
            return LiveEnd.TooSlow;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return LiveEnd.Closed;
        }
    }
}
