using GrainAnalytics.Fuzz.Generation;

namespace GrainAnalytics.Fuzz;

/// <summary>Code that reads bytes from strangers, with what must hold whatever the bytes are.</summary>
/// <remarks>An instance is used by one thread. The input alone decides what <see cref="Check"/> does, so a failure can be
/// repeated from its bytes.</remarks>
internal interface IFuzzTarget
{
    /// <summary>Appends the input of a case to an empty list.</summary>
    void Make(Dice dice, List<byte> input);

    /// <summary>Runs the code on an input. Any exception is a failure; broken properties throw <see cref="FuzzFailure"/>.</summary>
    /// <returns>What kind of case it was, from a small closed set: the report counts them, so that it can be seen how deep
    /// the inputs reach.</returns>
    string Check(byte[] input);
}

/// <summary>A property that must hold for every input does not hold.</summary>
/// <param name="what">Expected and found.</param>
internal sealed class FuzzFailure(string what) : Exception(what)
{
    /// <summary>Throws unless something holds.</summary>
    public static void Unless(bool holds, string what)
    {
        if (!holds) throw new FuzzFailure(what);
    }

    /// <summary>Throws unless two values are equal.</summary>
    public static void UnlessEqual<T>(T expected, T found, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found)) throw new FuzzFailure($"{what}: expected {expected}, found {found}");
    }
}
