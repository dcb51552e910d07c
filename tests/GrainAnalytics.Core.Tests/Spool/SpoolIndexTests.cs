using GrainAnalytics.Core.Spool;
using Xunit;

namespace GrainAnalytics.Core.Tests.Spool;

public sealed class SpoolIndexTests
{
    [Fact]
    public void Behaves_like_a_set_of_pairs()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var index = new SpoolIndex();
            var model = new HashSet<(int Hash, long Place)>();
            for (var step = 0; step < 2000; step++)
            {
                // Few hashes, some of which share a bucket at every size.
                var hash = random.Next(20) * (random.Next(2) == 0 ? 1 : 1 << 20);
                if (random.Next(5) < 3)
                {
                    Assert.True(index.Add(hash, step));
                    model.Add((hash, step));
                }
                else if (model.Count > 0)
                {
                    var (known, place) = model.ElementAt(random.Next(model.Count));
                    Assert.True(index.Remove(known, place));
                    Assert.False(index.Remove(known, place));
                    model.Remove((known, place));
                }
                Assert.Equal(model.Count, index.Count);
            }
            foreach (var hash in model.Select(pair => pair.Hash).Distinct().Append(12345))
                Assert.Equal(model.Where(pair => pair.Hash == hash).Select(pair => pair.Place).Order(), index.Find(hash).Order());
            foreach (var (hash, place) in model) Assert.True(index.Remove(hash, place));
            Assert.Equal(0, index.Count);
        }
    }
}
