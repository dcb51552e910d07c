using GrainAnalytics.Web.Tests.Hostile.Support;

namespace GrainAnalytics.Web.Tests.Hostile;

[Collection(HostileCollection.Name)]
public sealed class FramingTests(HostileServer server)
{
    public static TheoryData<string> Names => [.. FramingCases.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task Request_is_answered_as_it_should_be_and_nothing_is_smuggled_behind_it(string name)
    {
        var (request, statuses) = FramingCases.All[name];
        var answer = await server.SendRawAsync(request + RawHttp.Last);
        Assert.True(statuses == string.Join(' ', answer.Statuses), $"expected {statuses}, found {answer.Text}");
        Assert.Equal(0, (int)(await HostileServer.ReadAsync(server.Reader, "/v1/users/smuggled/journey"))["count"]!);
        await server.AssertUnharmedAsync();
    }
}
