using System.Reflection;
using GrainAnalytics.Core.Jobs;

namespace GrainAnalytics.PostgreSql.Tests.Jobs;

/// <summary>A queue in front of the real one that breaks, with an error that nobody expects, as often as it is told to.</summary>
public class BreakingStore : DispatchProxy
{
    private IJobStore _store = null!;
    private Func<string, bool> _breaks = null!;

    /// <summary>Puts it in front.</summary>
    /// <param name="store">The real one.</param>
    /// <param name="breaks">True when a call of the method of this name is to break.</param>
    internal static IJobStore Before(IJobStore store, Func<string, bool> breaks)
    {
        var proxy = Create<IJobStore, BreakingStore>();
        ((BreakingStore)(object)proxy)._store = store;
        ((BreakingStore)(object)proxy)._breaks = breaks;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? method, object?[]? arguments) =>
        _breaks(method!.Name) ? throw new NotSupportedException("Nobody expected this.") : method.Invoke(_store, arguments);
}
