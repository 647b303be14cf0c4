using CsCheck;

namespace Witan.Tests.Intelligence;

/// <summary>Checks a property on cases that are the same in every run. A case that fails is shrunk by CsCheck.</summary>
internal static class Property
{
    public static void Holds<T>(this Gen<T> cases, Action<T> assert, int times = 300)
    {
        var random = new PCG(1, 20250101);
        for (var i = 0; i < times; i++)
        {
            var seed = random.ToString(random.State);
            var value = cases.Generate(random, null!, out _);
            if (Fails(assert, value))
                cases.Sample(assert, seed: seed, iter: 200);
        }
    }

    private static bool Fails<T>(Action<T> assert, T value)
    {
        try
        {
            assert(value);
            return false;
        }
        catch (Exception)
        {
            return true;
        }
    }
}
