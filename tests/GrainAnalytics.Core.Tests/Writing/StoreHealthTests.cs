using GrainAnalytics.Core.Writing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace GrainAnalytics.Core.Tests.Writing;

public sealed class StoreHealthTests
{
    [Fact]
    public async Task A_read_that_ends_just_as_the_store_goes_away_has_its_answer_or_says_that_it_is_away()
    {
        for (var i = 0; i < 20_000; i++)
        {
            var health = new StoreHealth(TimeProvider.System, NullLogger<StoreHealth>.Instance);
            var read = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            var answer = health.ReadAsync(() => read.Task);
            using var together = new Barrier(2);
            var ends = Task.Run(() => { together.SignalAndWait(); Thread.SpinWait(i % 1000); read.SetResult(i); });
            together.SignalAndWait();
            health.Failed("A test.");
            await ends;
            try
            {
                Assert.Equal(i, await answer);
            }
            catch (EventStoreException e)
            {
                Assert.Equal(StoreFailure.Away, e.Failure);
            }
        }
    }
}
