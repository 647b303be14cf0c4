using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Witan.Dashboard.Charts;

/// <summary>A text in a chart: SVG's element <c>text</c>, which means something else in Razor.</summary>
public sealed class AxisText : ComponentBase
{
    [Parameter, EditorRequired] public required double X { get; set; }

    [Parameter, EditorRequired] public required double Y { get; set; }

    /// <summary>start, middle or end: where of the text X is.</summary>
    [Parameter] public string Anchor { get; set; } = "middle";

    /// <summary>Whether Y is the middle of the line rather than its base.</summary>
    [Parameter] public bool IsCentred { get; set; }

    [Parameter] public string Kind { get; set; } = "axis";

    [Parameter, EditorRequired] public required string Value { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "text");
        builder.AddAttribute(1, "class", Kind);
        builder.AddAttribute(2, "x", Scale.Text(X));
        builder.AddAttribute(3, "y", Scale.Text(Y));
        builder.AddAttribute(4, "text-anchor", Anchor);
        builder.AddAttribute(5, "dominant-baseline", IsCentred ? "middle" : "auto");
        builder.AddContent(6, Value);
        builder.CloseElement();
    }
}
