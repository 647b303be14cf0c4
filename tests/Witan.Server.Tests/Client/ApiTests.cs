using System.Reflection;
using System.Text;
using Witan.Client;
using Witan.Server.Tests.Snapshots;

namespace Witan.Server.Tests.Client;

/// <summary>The public API of the package. What stands in the snapshot is a promise; WITAN_UPDATE_SNAPSHOTS=1 rewrites it.</summary>
public sealed class ApiTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void The_public_API_is_what_the_snapshot_says() => Snapshot.Match("client-api.txt", Describe(typeof(WitanClient).Assembly));

    private static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().Where(t => !t.FullName!.StartsWith("Witan.Client.WitanJson", StringComparison.Ordinal)).OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(Kind(type)).Append(' ').Append(Name(type)).Append(type.BaseType == typeof(Exception) ? " : Exception" : "").Append('\n');
            foreach (var member in Members(type).Order(StringComparer.Ordinal))
                text.Append("    ").Append(member).Append('\n');
        }
        return text.ToString();
    }

    private static string Kind(Type type) => type.IsEnum ? "enum" : type.IsValueType ? "struct" : type is { IsAbstract: true, IsSealed: true } ? "static class"
        : type.GetMethod("<Clone>$") is not null ? "record" : "class";

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Select((name, i) => $"{i} {name}");
        var properties = type.GetProperties(Declared).Where(p => IsVisible(p.GetMethod))
            .Select(p => $"{Name(p.PropertyType, new NullabilityInfoContext().Create(p))} {p.Name} {{ get; {(p.SetMethod is { IsPublic: true } ? "init; " : "")}}}{(p.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute)) ? " required" : "")}");
        var constructors = type.GetConstructors(Declared).Where(IsVisible).Select(c => $"new({Parameters(c)})");
        var methods = type.GetMethods(Declared).Where(m => IsVisible(m) && !m.IsSpecialName && !m.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute)))
            .Select(m => $"{(m.IsStatic ? "static " : "")}{Name(m.ReturnType, new NullabilityInfoContext().Create(m.ReturnParameter))} {m.Name}({Parameters(m)})");
        return properties.Concat(constructors).Concat(methods);
    }

    private static bool IsVisible(MethodBase? method) => method is { IsPublic: true } or { IsFamily: true, DeclaringType.IsSealed: false };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
        $"{(p.IsOut ? "out " : "")}{Name(p.ParameterType, new NullabilityInfoContext().Create(p))} {p.Name}{(p.HasDefaultValue ? $" = {p.DefaultValue ?? "default"}" : "")}"));

    private static string Name(Type type, NullabilityInfo nullability)
    {
        var name = type.IsGenericType && Nullable.GetUnderlyingType(type) is null
            ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select((t, i) => Name(t, nullability.GenericTypeArguments[i])))}>"
            : Name(type);
        return nullability.ReadState == NullabilityState.Nullable && !type.IsValueType ? name + "?" : name;
    }

    private static string Name(Type type) => type switch
    {
        { IsByRef: true } => Name(type.GetElementType()!),
        _ when Nullable.GetUnderlyingType(type) is { } inner => Name(inner) + "?",
        { IsGenericType: true } => $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ => type.Name,
    };
}
