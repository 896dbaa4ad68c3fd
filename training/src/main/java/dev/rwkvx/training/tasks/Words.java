package dev.rwkvx.training.tasks;

import java.util.List;

/** Words that names, values and noise are made of. ASCII, lower case but for proper names. */
final class Words {
  private Words() {}

  static final List<String> ADJECTIVES =
      words(
          """
          amber ancient blue brass bright broken calm cold copper crooked dark deep distant dusty
          early empty faded fallen fine first forgotten frozen gentle gilded golden gray great green
          heavy hidden hollow iron ivory large last late little lonely long lost loud marble modest
          narrow new noble northern old open pale patient plain polished proud purple quiet rare red
          restless rough round rusty scarlet second secret shallow sharp short silent silver simple
          slow small smooth southern square steep still stone strange sturdy tall tame thin third
          tiny upper velvet violet warm western white wide wild wooden yellow young\
          """);

  static final List<String> THINGS =
      words(
          """
          anchor apple arrow atlas axe barrel basin basket bell bench blanket boat bottle bowl box
          bracelet bridge broom bucket button cabinet candle canvas carpet carriage cart chain chair
          chest chimney clock coat coin compass crown cup curtain desk diary door drum feather fence
          flag flute fork fountain gate glove hammer harbor harp hat helmet horn hourglass jar jug
          kettle key kite knife ladder lamp lantern letter locket loom map mask medal mill mirror
          needle net notebook oar oven paddle painting pearl pencil piano pillar pillow pipe plate
          plough pocket purse quilt ribbon ring rope saddle sail scarf shelf shield shovel sickle
          sled spade spoon stamp statue stove sword table telescope tent thimble tower tray trumpet
          trunk tunnel umbrella vase vessel violin wagon wallet wardrobe wheel whistle window\
          """);

  static final List<String> CITIES =
      words(
          """
          Aberdeen Accra Adelaide Algiers Amman Amsterdam Ankara Antwerp Athens Auckland Baghdad Baku
          Bamako Bangkok Barcelona Basel Belfast Belgrade Bergen Berlin Bern Bilbao Bogota Bologna
          Bombay Bordeaux Boston Bremen Brisbane Bristol Brussels Bucharest Budapest Cairo Calgary
          Canberra Caracas Cardiff Chicago Cologne Colombo Copenhagen Cordoba Cork Dakar Dallas
          Damascus Delhi Denver Detroit Dresden Dublin Durban Edinburgh Florence Frankfurt Geneva
          Genoa Glasgow Granada Hamburg Hanoi Havana Helsinki Istanbul Jakarta Kabul Kampala Karachi
          Kiev Kyoto Lagos Leeds Leipzig Lima Lisbon Liverpool London Lyon Madrid Malaga Manchester
          Manila Marseille Melbourne Memphis Miami Milan Minsk Montreal Moscow Munich Nairobi Nantes
          Naples Nice Osaka Oslo Ottawa Oxford Palermo Panama Paris Perth Phoenix Porto Prague Quebec
          Quito Reykjavik Riga Rome Rotterdam Salzburg Santiago Seattle Seoul Seville Shanghai
          Singapore Sofia Stockholm Stuttgart Sydney Tallinn Tbilisi Tehran Tokyo Toronto Toulouse
          Trieste Tripoli Tunis Turin Utrecht Valencia Vancouver Venice Verona Vienna Vilnius Warsaw
          Wellington York Zagreb Zurich\
          """);

  static final List<String> FIRST_NAMES =
      words(
          """
          Ada Adam Alice Amos Anna Arthur Beatrice Bruno Carl Carmen Clara Conrad Daniel David Diana
          Edgar Edith Elena Emma Eric Esther Eva Felix Flora Frank George Grace Hannah Harold Helen
          Henry Hugo Ida Irene Isaac Ivan Jacob James Jane Joan John Judith Julia Karl Laura Leo
          Lewis Louis Lucy Marcus Maria Martha Martin Mary Miriam Naomi Nora Oliver Oscar Otto Paul
          Peter Rachel Ralph Rebecca Robert Rosa Ruth Samuel Sarah Simon Sofia Stella Theodore Thomas
          Ursula Victor Vera Walter William\
          """);

  static final List<String> LAST_NAMES =
      words(
          """
          Abbott Archer Baker Barnes Bishop Blake Bradley Brewer Brooks Carter Chandler Clarke Cole
          Cooper Crane Dawson Dixon Draper Ellis Evans Farmer Fisher Fletcher Foster Fowler Gardner
          Gibson Graham Grant Gray Harper Harris Hayes Holmes Howard Hughes Hunter Jensen Jordan
          Keller Kent Lambert Larson Lawson Marsh Mason Mercer Miller Morgan Morris Murray Nash
          Nelson Norton Palmer Parker Perry Porter Potter Quinn Reed Reeves Rhodes Rowe Sawyer Shaw
          Shepherd Slater Spencer Stone Sutton Taylor Thorne Tucker Turner Wade Walker Wallace Walsh
          Watson Webster Wells West Wright\
          """);

  static final List<String> PEOPLE =
      words(
          """
          baker barber captain carpenter clerk cook doctor driver farmer fisherman gardener guard
          guest hunter innkeeper judge merchant messenger miller miner musician neighbor nurse
          painter pilot porter printer sailor scholar shepherd singer smith soldier stranger student
          tailor teacher traveler watchman weaver widow\
          """);

  static final List<String> PLACES =
      List.of(
          "across the bridge",
          "along the river",
          "at the market",
          "behind the barn",
          "beside the well",
          "by the sea",
          "down the hill",
          "for the winter",
          "from the attic",
          "in the garden",
          "in the morning",
          "near the station",
          "on the roof",
          "over the fence",
          "past the church",
          "through the forest",
          "to the village",
          "under the stairs",
          "until the evening",
          "without a word");

  static final List<String> DEEDS =
      words(
          """
          admired borrowed bought brought carried cleaned counted covered described dropped examined
          fetched filled found gathered hid ignored kept left lifted lost mended moved noticed opened
          painted polished praised pulled pushed received remembered repaired returned saw sold
          stored studied took traded washed watched weighed wrapped\
          """);

  /** None of them occurs in names, attributes or questions. */
  static final List<String> VALUES =
      words(
          """
          acorn almond badger basil beaver birch blossom bramble butter cactus camel caramel cedar
          cherry cinnamon clover cobra coral cotton coyote cricket daisy dolphin eagle ebony falcon
          fern finch garlic ginger gorilla granite hazel hedgehog heron honey hyacinth ivy jackal
          jaguar jasmine juniper kestrel lavender lemon leopard lilac lizard lobster magnet mango
          maple marigold meadow mint mustard nectar nutmeg olive onyx orchid otter panther parsley
          pebble pepper pigeon poppy pumpkin quartz rabbit raven saffron salmon sparrow spruce
          sugar sunrise thistle thunder tiger topaz tulip turnip vanilla walnut weasel willow
          yarrow zebra zinnia\
          """);

  /** 1 adjective, 2 thing, 3 person, 4 place or time, 5 deed. */
  static final List<String> NOISE =
      List.of(
          "the 1 3 5 a 2 4.",
          "4 the 3 5 the 1 2.",
          "a 3 5 two 1 coins and a 2.",
          "nobody 5 the 2 4 but the 3.",
          "the 3 and the 3 talked about a 1 2 4.",
          "it was a 1 day, and the 3 5 a 2.",
          "there stood a 1 2 4.",
          "when the 3 came 4, the 2 was gone.",
          "the 3 said that the 1 2 belonged to the 3.",
          "every 3 knew the 1 2 4.",
          "he 5 the 2, and she 5 the 2.",
          "they waited 4 for the 1 3.",
          "once more the 3 5 it 4.",
          "the 2 of the 3 was 1 and 1.",
          "some say that a 1 2 was lost 4.",
          "without the 2 the 3 could not work.",
          "later the 1 3 5 a letter 4.",
          "a 1 wind blew 4.",
          "the 3 asked for a 2, but there was only a 1 2.",
          "after the rain the 3 5 the 2 4.");

  private static List<String> words(String text) {
    return List.of(text.split("\\s+"));
  }
}
