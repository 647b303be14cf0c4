namespace Witan.Fixes;

/// <summary>The six strategies that have a code. Any other text is accepted and is a category of its own.</summary>
public static class FixStrategies
{
    /// <summary>The strategy whose changes to lock files are expected, and so are not protected.</summary>
    public const string DependencyFix = "dependency_fix";

    private static readonly string[] Known =
        ["performance", "code_patch", "config_update", "type_annotation", "accessibility", DependencyFix];

    /// <summary>The code of a known strategy (its place in the list, from 0), or null for any other text.</summary>
    /// <param name="strategy">The strategy as it was reported; compared exactly.</param>
    public static int? CodeOf(string strategy)
    {
        var code = Array.IndexOf(Known, strategy);
        return code < 0 ? null : code;
    }
}
