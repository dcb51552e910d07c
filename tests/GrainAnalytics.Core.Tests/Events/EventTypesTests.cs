using System.Text;
using GrainAnalytics.Core.Events;
using Xunit;

namespace GrainAnalytics.Core.Tests.Events;

public sealed class EventTypesTests
{
    [Theory]
    [InlineData("identify", true), InlineData("alias", true), InlineData("group", true), InlineData("engagement", true), InlineData("$pageleave", true)]
    [InlineData("page_view", false), InlineData("Identify", false), InlineData("groups", false), InlineData("pageleave", false), InlineData("engagement2", false), InlineData("$pageview", false)]
    public void Who_somebody_is_and_how_long_they_stayed_is_no_activity(string type, bool isUncounted) =>
        Assert.Equal(isUncounted, EventTypes.IsUncounted(Encoding.UTF8.GetBytes(type)));
}
