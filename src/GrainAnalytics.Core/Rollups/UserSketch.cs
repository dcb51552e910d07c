using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace GrainAnalytics.Core.Rollups;

/// <summary>How many different users: exact up to <see cref="MostExact"/>, estimated beyond (HyperLogLog with 512 registers).</summary>
/// <remarks>As bytes: exact, 0 and then four bytes a user, ascending; estimated, 1 and then a byte a register.</remarks>
public sealed class UserSketch
{
    /// <summary>Users that are still counted exactly.</summary>
    public const int MostExact = 128;

    /// <summary>Standard error of an estimate, as a share of it.</summary>
    public const double StandardError = 0.046;

    private const int Bits = 9, Registers = 1 << Bits;

    private HashSet<uint>? _exact = [];
    private byte[]? _registers;

    /// <summary>False once it is an estimate.</summary>
    public bool IsExact => _exact is not null;

    /// <summary>Number of users.</summary>
    public long Count => _exact is not null ? _exact.Count : Estimate(_registers!);

    /// <summary>Reads the bytes; none is an empty sketch.</summary>
    /// <exception cref="InvalidDataException">They are no sketch.</exception>
    public static UserSketch Read(ReadOnlySpan<byte> bytes)
    {
        var sketch = new UserSketch();
        sketch.Merge(bytes);
        return sketch;
    }

    /// <summary>Adds a user.</summary>
    /// <param name="hash">Evenly spread 64 bits of the user.</param>
    /// <returns>True when the sketch changed.</returns>
    public bool Add(ulong hash) => AddMixed(Mix(hash));

    /// <summary>Adds the users of another sketch, which stays as it is.</summary>
    /// <returns>True when this one changed.</returns>
    public bool Merge(UserSketch other)
    {
        if (other._exact is not null) return other._exact.Aggregate(false, (any, user) => AddMixed(user) | any);
        var changed = _exact is not null;
        Spread();
        for (var i = 0; i < Registers; i++)
        {
            if (other._registers![i] <= _registers![i]) continue;
            _registers[i] = other._registers[i];
            changed = true;
        }
        return changed;
    }

    /// <summary>Takes a user out, as long as users are counted exactly.</summary>
    /// <returns>True when the sketch changed.</returns>
    public bool Remove(ulong hash) => _exact?.Remove(Mix(hash)) == true;

    /// <summary>True when an estimate may be another one because of a user: others cannot be told apart from this one.</summary>
    public bool MayNeed(ulong hash)
    {
        if (_registers is null) return false;
        var (register, rank) = PlaceOf(Mix(hash));
        return _registers[register] == rank;
    }

    /// <summary>Adds the users of another sketch.</summary>
    /// <exception cref="InvalidDataException">The bytes are no sketch.</exception>
    public void Merge(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        if (bytes[0] == 0 && bytes.Length % 4 == 1)
            for (var i = 1; i < bytes.Length; i += 4) AddMixed(BinaryPrimitives.ReadUInt32LittleEndian(bytes[i..]));
        else if (bytes[0] == 1 && bytes.Length == 1 + Registers)
        {
            Spread();
            // Questions merge thousands of these.
            var own = MemoryMarshal.Cast<byte, Vector<byte>>(_registers!.AsSpan());
            var others = MemoryMarshal.Cast<byte, Vector<byte>>(bytes[1..]);
            for (var i = 0; i < own.Length; i++) own[i] = Vector.Max(own[i], others[i]);
        }
        else throw new InvalidDataException("Not a sketch.");
    }

    /// <summary>The bytes that <see cref="Read"/> takes.</summary>
    public byte[] ToBytes()
    {
        if (_exact is null) return [1, .. _registers!];
        var bytes = new byte[1 + 4 * _exact.Count];
        var at = 1;
        foreach (var user in _exact.Order())
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), user);
            at += 4;
        }
        return bytes;
    }

    private bool AddMixed(uint user)
    {
        if (_exact is not null)
        {
            if (!_exact.Add(user)) return false;
            if (_exact.Count > MostExact) Spread();
            return true;
        }
        var (register, rank) = PlaceOf(user);
        if (_registers![register] >= rank) return false;
        _registers[register] = rank;
        return true;
    }

    private static (uint Register, byte Rank) PlaceOf(uint user) =>
        (user >> (32 - Bits), (byte)(BitOperations.LeadingZeroCount((user << Bits) | (1u << (Bits - 1))) + 1));

    private void Spread()
    {
        if (_exact is not { } users) return;
        (_exact, _registers) = (null, new byte[Registers]);
        foreach (var user in users) AddMixed(user);
    }

    // FNV's low bits are even, its high bits less so: a finalizer spreads them.
    private static uint Mix(ulong hash)
    {
        hash ^= hash >> 33;
        hash *= 0xff51afd7ed558ccdUL;
        hash ^= hash >> 33;
        hash *= 0xc4ceb9fe1a85ec53UL;
        return (uint)(hash >> 32);
    }

    private static long Estimate(byte[] registers)
    {
        double sum = 0;
        var empty = 0;
        foreach (var rank in registers)
        {
            sum += 1.0 / (1UL << rank);
            if (rank == 0) empty++;
        }
        var raw = 0.7213 / (1 + 1.079 / Registers) * Registers * Registers / sum;
        return (long)Math.Round(raw <= 2.5 * Registers && empty > 0 ? Registers * Math.Log((double)Registers / empty) : raw);
    }
}
