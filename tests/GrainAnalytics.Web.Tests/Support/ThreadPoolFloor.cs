using System.Runtime.CompilerServices;

namespace GrainAnalytics.Web.Tests.Support;

/// <summary>Dozens of servers share this process, and some tests block threads: with one thread a processor the others would wait until the pool grows, which it
/// does by one or two a second.</summary>
internal static class ThreadPoolFloor
{
    [ModuleInitializer]
    internal static void Raise() => ThreadPool.SetMinThreads(32, 32);
}
