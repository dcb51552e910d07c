namespace GrainAnalytics.Fuzz;

/// <summary>Makes a failing input small: leaves out what it fails without.</summary>
internal static class Shrinker
{
    /// <summary>Leaves out ever smaller pieces as long as something still fails.</summary>
    /// <param name="input">An input that fails.</param>
    /// <param name="fails">True when an input fails, in whatever way.</param>
    public static byte[] Shrink(byte[] input, Func<byte[], bool> fails)
    {
        for (var piece = Math.Max(1, input.Length / 2); piece >= 1; piece /= 2)
            for (var at = 0; at + piece <= input.Length;)
            {
                byte[] without = [.. input.AsSpan(0, at), .. input.AsSpan(at + piece)];
                if (fails(without)) input = without;
                else at += piece;
            }
        return input;
    }
}
