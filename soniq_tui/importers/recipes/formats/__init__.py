"""Recipes as other programs have them: Markdown, Cooklang, Mealie, Paprika, plain JSON-LD. Pure."""
